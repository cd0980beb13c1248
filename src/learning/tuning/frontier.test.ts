import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wilsonInterval } from '../../calibration/tests/interval.ts';
import { frontierOfPath, riskFrontier } from './frontier.ts';
import type { PolicyResult } from '../table/measure-rows.ts';

const measured = (relativeCost: number, ...losses: number[]): PolicyResult => ({
  losses: Float64Array.from(losses),
  relativeCost,
});
const ABOUT = { on: 'test', questions: 4, chosen: 2, limit: 0.1 } as const;
const frontier = (passed: number): ReturnType<typeof frontierOfPath> =>
  frontierOfPath(
    {
      path: [600, 300].map((priceOfQuality) => ({ priceOfQuality, continuations: {} })),
      measured: [measured(0.8, 0, 0, 0, 0), measured(0.5, 1, 0, -1, 1)],
      last: measured(1.01, 0, 0, 0, 0),
      lastTierCost: 200,
    },
    passed,
    ABOUT,
  );

test('always-last comes before the path, certainly loses nothing, and needs no test', () => {
  const { points, ...about } = frontier(0);
  assert.deepEqual(about, { measures: 'loss', ...ABOUT });
  assert.deepEqual(points[0], {
    relativeCost: 1.01,
    loss: { value: 0, lower: 0, upper: 0 },
    certified: true,
  });
  assert.equal(points.length, 3);
});

test('a point has its mean loss, its interval, its price in costs of the last tier, and whether the walk passed it', () => {
  for (const [passed, certified] of [
    [0, [true, false, false]],
    [1, [true, true, false]],
    [2, [true, true, true]],
  ] as const) {
    assert.deepEqual(
      frontier(passed).points.map((point) => point.certified),
      certified,
    );
  }
  const [, strict, lax] = frontier(1).points;
  assert.deepEqual([strict?.priceOfQuality, lax?.priceOfQuality], [3, 1.5]);
  assert.deepEqual([strict?.relativeCost, lax?.relativeCost], [0.8, 0.5]);
  assert.deepEqual([strict?.loss.value, lax?.loss.value], [0, 0.25]);
  for (const loss of [strict?.loss, lax?.loss])
    assert.ok(loss !== undefined && loss.lower < loss.value && loss.value < loss.upper);
});

test('as risks the same points have the share of wrong among accepted answers; always-last accepts none', () => {
  const counts = [
    { wrong: 1, accepted: 20 },
    { wrong: 0, accepted: 0 },
  ];
  const { points, ...about } = riskFrontier(frontier(0), counts, [1]);
  assert.deepEqual(about, { measures: 'risk', ...ABOUT });
  assert.deepEqual(
    points.map(({ loss, certified }) => ({ loss, certified })),
    [
      { loss: { value: 0, lower: 0, upper: 0 }, certified: true },
      { loss: { value: 0.05, ...wilsonInterval(0.05, 20) }, certified: false },
      // Of none accepted nothing is known.
      { loss: { value: 0, lower: 0, upper: 1 }, certified: true },
    ],
  );
  assert.deepEqual(
    points.map(({ relativeCost, priceOfQuality }) => [relativeCost, priceOfQuality]),
    frontier(0).points.map(({ relativeCost, priceOfQuality }) => [relativeCost, priceOfQuality]),
  );
});
