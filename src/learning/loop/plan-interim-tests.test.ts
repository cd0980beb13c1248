import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createChance } from '../../../test/made-traces.ts';
import { countPairs, isNonInferior } from '../../calibration/tests/certify.ts';
import type { PolicyResult } from '../table/measure-rows.ts';
import {
  CANDIDATE_PATIENCE_MS,
  planInterimTests,
  rowsDue,
  type InterimTestPlan,
} from './plan-interim-tests.ts';
import { ALPHA_WEALTH_START } from './alpha-wealth.ts';

/** Losses of which this share is 1, the rest 0. */
const lossesOf = (share: number, rows: number): Float64Array =>
  Float64Array.from({ length: rows }, (_, row) => (row < share * rows ? 1 : 0));
/** A path whose points lose and cost so much, tried on so many rows. */
const path = (points: readonly (readonly [loss: number, cost: number])[], rows = 400): PolicyResult[] =>
  points.map(([loss, relativeCost]) => ({ losses: lossesOf(loss, rows), relativeCost }));

const options: InterimTestPlan = {
  maxLoss: 0.05,
  level: 0.1,
  wealth: ALPHA_WEALTH_START,
  costNow: 1,
  points: 80,
  boldAt: 330,
};

test('a path that loses nothing is tested as soon as its number of rows can prove anything, and boldly at the end', () => {
  const looks = planInterimTests(
    path([
      [0, 0.9],
      [0, 0.5],
      [0, 0.2],
    ]),
    options,
  );
  assert.deepEqual(looks.at(-1), { rows: 330 });
  const [first] = looks;
  assert.ok(first !== undefined && (1 - 0.05) ** first.rows <= 0.05, JSON.stringify(first));
  assert.equal(first.until, 79, 'all of it');
});

test('if every point loses about what is promised, only the bold test is made', () => {
  assert.deepEqual(
    planInterimTests(
      path([
        [0.04, 0.9],
        [0.05, 0.5],
      ]),
      options,
    ),
    [{ rows: 330 }],
  );
});

test('careful tests reach further with more rows, and each must be expected to save enough', () => {
  const looks = planInterimTests(
    path(
      [
        [0, 0.8],
        [0.005, 0.6],
        [0.02, 0.5],
        [0.03, 0.2],
      ],
      2_000,
    ),
    options,
  );
  const untils = looks.slice(0, -1).map(({ until }) => until ?? NaN);
  assert.ok(untils.length >= 2, JSON.stringify(looks));
  assert.deepEqual(
    untils,
    untils.toSorted((a, b) => a - b),
  );
  assert.deepEqual(
    planInterimTests(
      path(
        [
          [0, 0.97],
          [0.04, 0.5],
        ],
        2_000,
      ),
      options,
    ),
    [{ rows: 330 }],
    'three per cent are not worth a share of the certainty',
  );
});

test('no test is planned for what is in force already', () => {
  assert.deepEqual(planInterimTests(path([[0, 0.5]]), { ...options, costNow: 0.5 }), [{ rows: 330 }]);
});

test('careful tests pass about three times of four, or more', () => {
  const chance = createChance(5);
  const [truth, cost] = [
    [0, 0.004, 0.01, 0.018, 0.03],
    [0.9, 0.7, 0.5, 0.4, 0.3],
  ];
  const draw = (share: number, rows: number): Float64Array =>
    Float64Array.from({ length: rows }, () => (chance.coin(share) ? 1 : 0));
  let [planned, passed] = [0, 0];
  for (let run = 0; run < 150; run++) {
    const tried = truth.map((share, point): PolicyResult => ({
      losses: draw(share, 220),
      relativeCost: cost[point] ?? 1,
    }));
    const [look] = planInterimTests(tried, { ...options, points: truth.length });
    if (look?.until === undefined) continue;
    planned += 1;
    const level = 0.05;
    const ok = truth
      .slice(0, look.until + 1)
      .every((share) => isNonInferior(countPairs(draw(share, look.rows)), { maxLoss: 0.05, level }));
    if (ok) passed += 1;
  }
  assert.ok(planned > 75, String(planned));
  assert.ok(passed / planned > 0.7, `${passed} of ${planned}`);
});

test('a bold test whose rows do not come is made on as few as may still certify something that saves', () => {
  // Sure of nothing on few rows, for half of the loss that is promised is lost; but what saves is likely certified.
  const [bold, ...others] = planInterimTests(
    path([
      [0.025, 0.6],
      [0.04, 0.3],
    ]),
    options,
  );
  assert.deepEqual(others, []);
  assert.equal(bold?.rows, 330);
  const least = bold.least ?? NaN;
  assert.ok(least > 60 && least < 330, String(least));
  assert.equal(rowsDue(bold, 0), 330);
  assert.equal(rowsDue(bold, CANDIDATE_PATIENCE_MS - 1), 330);
  assert.equal(rowsDue(bold, CANDIDATE_PATIENCE_MS), least);
  const chance = createChance(3);
  const passed = Array.from({ length: 400 }, () => {
    const losses = Float64Array.from({ length: least }, () => (chance.coin(0.025) ? 1 : 0));
    return isNonInferior(countPairs(losses), { maxLoss: 0.05, level: 0.05 });
  }).filter(Boolean).length;
  assert.ok(passed > 160 && passed < 320, `${passed} of 400`);
});

test('if few rows could certify nothing, a test waits for all of them however long', () => {
  const [bold] = planInterimTests(path([[0.045, 0.5]]), options);
  assert.deepEqual(bold, { rows: 330 });
  assert.equal(rowsDue(bold, 12 * CANDIDATE_PATIENCE_MS), 330);
});
