import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawNormal, drawShares, drawUniform } from './draws.ts';
import { createRandom } from './random.ts';

const mean = (values: readonly number[]): number =>
  values.reduce((sum, each) => sum + each, 0) / values.length;

test('uniform numbers lie strictly between the ends, and normal ones have mean 0 and variance 1', () => {
  const random = createRandom(3);
  const uniform = Array.from({ length: 20_000 }, () => drawUniform(random));
  assert.ok(uniform.every((each) => each > 0 && each < 1));
  assert.ok(Math.abs(mean(uniform) - 0.5) < 0.01);
  const normal = Array.from({ length: 20_000 }, () => drawNormal(random));
  assert.ok(Math.abs(mean(normal)) < 0.03);
  assert.ok(Math.abs(mean(normal.map((each) => each ** 2)) - 1) < 0.05);
});

test('drawn shares sum to 1, and have the mean and variance of the Dirichlet distribution', () => {
  const random = createRandom(5);
  const counts = [30, 8, 0];
  const draws = Array.from({ length: 10_000 }, () => drawShares(counts, random));
  const total = 38 + 1.5;
  for (const [index, count] of counts.entries()) {
    const share = (count + 0.5) / total;
    const drawn = draws.map((each) => each[index] ?? NaN);
    assert.ok(Math.abs(mean(drawn) - share) < 0.004, `mean of ${count}`);
    const variance = (share * (1 - share)) / (total + 1);
    const spread = mean(drawn.map((each) => (each - share) ** 2));
    assert.ok(Math.abs(spread / variance - 1) < 0.1, `variance of ${count}: ${spread} for ${variance}`);
  }
  assert.ok(draws.every((each) => Math.abs(each.reduce((sum, one) => sum + one, 0) - 1) < 1e-12));
});
