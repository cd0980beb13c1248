import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LADDER, makeTraces, policyTiers } from '../../../test/made-traces.ts';
import { createRandom, groupByCluster } from '../../calibration/fit/random.ts';
import { bench } from '../tuning/bench.ts';
import { crossFitLadder, CROSS_FIT_FOLDS, foldRows, LEAST_CROSS_FITTED } from './cross-fit-ladder.ts';
import { mean } from '../table/measure-rows.ts';
import { createLadderTable, type LadderTable } from '../table/ladder-table.ts';
import { solveLadder } from './solve-ladder.ts';

const PAIR = [LADDER[0], LADDER[2]].flatMap((tier) => tier ?? []);
/** Two questions to a conversation. */
const talks = tableOf(600, (row) => `c${row >> 1}`);

function tableOf(rows: number, cluster?: (row: number) => string, seed = 91): LadderTable {
  const traces = makeTraces({ seed, rows, tiers: PAIR, groups: ['a', 'b'] });
  return createLadderTable(
    cluster === undefined ? traces : traces.map((trace, row) => ({ ...trace, cluster: cluster(row) })),
    policyTiers(PAIR),
  ).table;
}
const rowsOf = ({ count }: LadderTable): number[] => [...Array(count).keys()];
const clustersOf = (table: LadderTable, rows: readonly number[]): Set<number | undefined> =>
  new Set(rows.map((row) => table.clusters[row]));

test('a policy is tested on no conversation that it was fitted on, and each conversation tests once', () => {
  const rows = rowsOf(talks).toReversed();
  const folds = foldRows(rows, groupByCluster(rows.map((row) => talks.clusters[row])), createRandom(3));
  assert.equal(folds.length, CROSS_FIT_FOLDS);
  for (const { fit, heldOut } of folds) {
    assert.ok(clustersOf(talks, fit).isDisjointFrom(clustersOf(talks, heldOut)));
    assert.equal(clustersOf(talks, heldOut).size, heldOut.length);
    assert.equal(clustersOf(talks, [...fit, ...heldOut]).size, 300, 'none is left out');
    assert.deepEqual([fit.length, heldOut.length], [480, 60]);
  }
  const tested = folds.flatMap(({ heldOut }) => heldOut);
  assert.equal(clustersOf(talks, tested).size, tested.length);
});

test('rows drawn with replacement are cut by position, since each draw is a question of its own', () => {
  const one = tableOf(30);
  const rows = Array.from({ length: 500 }, (_, index) => index % 30);
  assert.throws(() => crossFitLadder(one, rows, createRandom(1)), /30 labelled questions.*too few/);
  assert.equal(crossFitLadder(one, rows, createRandom(1), { independent: true }).rows.length, 500);
});

test('a point is measured by each fold’s own policy on the fold that it was not fitted on', () => {
  const table = tableOf(500);
  const rows = rowsOf(table);
  const crossFitted = crossFitLadder(table, rows, createRandom(5));
  const folds = foldRows(rows, groupByCluster([...table.clusters]), createRandom(5));
  const each = folds.map(({ fit, heldOut }) => ({
    heldOut,
    measured: solveLadder(table, fit).measure(heldOut, 40),
  }));
  const { losses, relativeCost } = crossFitted.measure(40);
  assert.deepEqual(
    crossFitted.rows,
    each.flatMap(({ heldOut }) => heldOut),
  );
  assert.deepEqual(
    [...losses],
    each.flatMap(({ measured }) => [...measured.losses]),
  );
  const always = (of: readonly number[]): number => mean(of.map((row) => table.answers[1]?.cost[row] ?? NaN));
  const spent = each.map(
    ({ heldOut, measured }) =>
      (measured.relativeCost * always(heldOut) * heldOut.length) / crossFitted.rows.length,
  );
  assert.ok(Math.abs(relativeCost * always(crossFitted.rows) - spent.reduce((a, b) => a + b)) < 1e-6);
});

test('too few conversations are refused, however many questions they have', () => {
  assert.throws(
    () => crossFitLadder(talks, rowsOf(talks), createRandom(1)),
    new RegExp(`^RangeError: 300 labelled questions of different .*at least ${LEAST_CROSS_FITTED}.*exact`),
  );
});

test('simulated with the fewest labels allowed, the promise is broken no more often than stated', () => {
  const population = tableOf(3_000, undefined, 77);
  const { policies } = bench(population, {
    maxLosses: [0.03, 0.05],
    certainty: 0.9,
    fit: 180,
    certify: LEAST_CROSS_FITTED - 180,
    splits: 60,
    seed: 9,
    population: true,
    crossFit: true,
  });
  for (const { maxLoss, violationInterval, violationRate, relativeCost } of policies['crossFitted'] ?? []) {
    assert.ok(violationInterval.lower <= 0.1, `${maxLoss}: ${violationRate}`);
    assert.ok(relativeCost < 0.95, `${maxLoss}: something is certified, at ${relativeCost}`);
  }
  assert.equal(policies['crossFitted']?.length, 2);
});
