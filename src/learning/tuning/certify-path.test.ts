import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certifyPath, provesPromise, isBinary, lossPValue } from './certify-path.ts';
import type { PolicyResult } from '../table/measure-rows.ts';

const PROMISE = { maxLoss: 0.05, level: 0.1 };

/** So many rows lost, the others even. */
const losing = (lost: number, rows = 400): Float64Array =>
  Float64Array.from({ length: rows }, (_, row) => (row < lost ? 1 : 0));
const point = (lost: number, relativeCost: number): PolicyResult => ({ losses: losing(lost), relativeCost });

test('the walk stops at the first policy that fails, whatever comes after', () => {
  const asked: number[] = [];
  const path = [point(0, 0.9), point(5, 0.7), point(40, 0.5), point(0, 0.1)];
  const measure = (index: number): PolicyResult => {
    asked.push(index);
    return path[index] ?? point(400, 0);
  };
  const { chosen, passed, measured } = certifyPath(path.length, measure, PROMISE, 'exact');
  assert.deepEqual({ chosen, passed, asked }, { chosen: 1, passed: 2, asked: [0, 1, 2] });
  assert.equal(measured.length, 3);
});

test('of all that passed the cheapest is taken, not the last', () => {
  const path = [point(0, 0.9), point(1, 0.4), point(2, 0.6)];
  const { chosen, passed } = certifyPath(3, (index) => path[index] ?? point(400, 0), PROMISE, 'exact');
  assert.deepEqual([chosen, passed], [1, 3]);
});

test('a policy that is no cheaper than the last tier is not taken, nor one whose cost is not known', () => {
  for (const relativeCost of [1, 1.2, NaN]) {
    const { chosen, passed } = certifyPath(1, () => point(0, relativeCost), PROMISE, 'exact');
    assert.deepEqual([chosen, passed], [undefined, 1]);
  }
});

test('a policy that loses nothing at all is tested like any other: few rows prove nothing', () => {
  const few = certifyPath(1, () => ({ losses: losing(0, 20), relativeCost: 0.1 }), PROMISE, 'exact');
  assert.deepEqual([few.chosen, few.passed], [undefined, 0]);
  assert.equal(
    certifyPath(1, () => ({ losses: new Float64Array(), relativeCost: 0.1 }), PROMISE, 'exact').passed,
    0,
  );
  assert.equal(certifyPath(0, () => point(0, 0), PROMISE, 'exact').passed, 0);
});

test('a promise is proven if its p-value is at most the level, by any test', () => {
  for (let lost = 0; lost <= 30; lost++) {
    const losses = losing(lost);
    for (const kind of ['exact', 'betting', 'cross-fitted pairs', 'cross-fitted normal'] as const)
      assert.equal(
        provesPromise(losses, PROMISE, kind),
        lossPValue(losses, PROMISE, kind) <= PROMISE.level,
        `${lost} lost, ${kind}`,
      );
  }
});

test('what some answers gain makes up for nothing that others lose, in any test', () => {
  const lost = losing(60);
  const gained = lost.map((loss, row) => (row >= 300 ? -1 : loss));
  for (const kind of ['exact', 'betting', 'cross-fitted pairs', 'cross-fitted normal'] as const) {
    assert.equal(provesPromise(gained, PROMISE, kind), false, kind);
    assert.equal(lossPValue(gained, PROMISE, kind), lossPValue(lost, PROMISE, kind), kind);
  }
});

test('scores are binary only if all of them are', () => {
  assert.equal(isBinary([[0, 1], Float64Array.of(1, 1)]), true);
  assert.equal(
    isBinary([
      [0, 1],
      [0.5, 1],
    ]),
    false,
  );
  assert.equal(isBinary([[NaN]]), false);
});
