import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { drawNormal, drawUniform } from '../fit/draws.ts';
import { normalProbability } from '../fit/normal.ts';
import { createRandom } from '../fit/random.ts';
import { auroc } from './auroc.ts';
import { aurocError, keptShare } from './kept-share.ts';

test('of answers whose sureness is normal, so many can be kept until so many lost ones are among them', () => {
  const random = createRandom(1);
  const [lost, distance, rows] = [0.2, 1, 100_000];
  const answers = Array.from({ length: rows }, () => {
    const isLost = drawUniform(random) < lost;
    return { isLost, sureness: drawNormal(random) - (isLost ? distance : 0) };
  }).toSorted((one, other) => other.sureness - one.sureness);
  const area = normalProbability(distance / Math.SQRT2);
  for (const mayLose of [0.01, 0.05, 0.15]) {
    let [seen, kept] = [0, 0];
    for (const { isLost } of answers) {
      seen += isLost ? 1 : 0;
      if (seen > mayLose * rows) break;
      kept += 1;
    }
    assert.ok(Math.abs(keptShare({ lost, area, mayLose }) - kept / rows) < 0.01, `${mayLose}`);
  }
});

test('all are kept where few enough are lost; an order that tells nothing keeps as large a part of all as of the lost', () => {
  assert.equal(keptShare({ lost: 0.02, area: 0.7, mayLose: 0.03 }), 1);
  assert.equal(keptShare({ lost: 0.02, area: 0.7, mayLose: 0 }), 0);
  assert.ok(Math.abs(keptShare({ lost: 0.2, area: 0.5, mayLose: 0.05 }) - 0.25) < 1e-9);
});

test('the kept share lies within 0..1, and rises with what may be lost and with the area', () => {
  const unit = fc.double({ min: 0.001, max: 0.999, noNaN: true });
  fc.assert(
    fc.property(unit, unit, unit, unit, (lost, area, one, other) => {
      const [less, more] = [Math.min(one, other), Math.max(one, other)];
      const at = (mayLose: number, by = area): number => keptShare({ lost, area: by, mayLose });
      assert.ok(at(less) >= 0 && at(more) <= 1);
      assert.ok(at(less) <= at(more) + 1e-12);
      assert.ok(at(one, less) <= at(one, more) + 1e-12);
    }),
  );
});

test('the error of an area is that of many samples, within a fifth', () => {
  const random = createRandom(2);
  const [positives, negatives] = [30, 120];
  const areas = Array.from({ length: 800 }, () => {
    const outcome = Array.from({ length: positives + negatives }, (_, row) => (row < positives ? 1 : 0));
    const predicted = outcome.map((each) => each + drawNormal(random));
    return auroc({ predicted, outcome }) ?? NaN;
  });
  const mean = areas.reduce((sum, each) => sum + each, 0) / areas.length;
  const spread = Math.sqrt(areas.reduce((sum, each) => sum + (each - mean) ** 2, 0) / areas.length);
  assert.ok(Math.abs(aurocError(mean, positives, negatives) / spread - 1) < 0.2);
  assert.equal(aurocError(0.7, 0, 100), 0.5);
});
