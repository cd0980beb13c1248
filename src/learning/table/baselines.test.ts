import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ratioInterval } from '../../calibration/tests/mean-interval.ts';
import { normalQuantile } from '../../calibration/fit/normal.ts';
import { changeAttempts, LADDER, makeTraces, policyTiers } from '../../../test/made-traces.ts';
import {
  alwaysAsk,
  askInOrder,
  heuristicPolicy,
  heuristicVersions,
  oraclePolicy,
  randomMixPolicy,
  tuneThresholds,
} from './baselines.ts';
import { measureRows, mean } from './measure-rows.ts';
import { createLadderTable, type LadderTable } from './ladder-table.ts';

const tableOf = (traces: Parameters<typeof createLadderTable>[0], tiers = LADDER): LadderTable =>
  createLadderTable(traces, policyTiers(tiers)).table;
const traces = makeTraces({ seed: 21, rows: 120, tiers: LADDER });
const table = tableOf(traces);
const rows = [...Array(table.count).keys()];
const cost = (tier: number, row: number): number => table.answers[tier]?.cost[row] ?? NaN;
const score = (tier: number, row: number): number => table.answers[tier]?.score[row] ?? NaN;

test('asking in order pays for every answer on the way, and the last one is always served', () => {
  const { served, spent } = askInOrder(table, rows, (_, tier) => tier === 1);
  for (const row of rows) {
    assert.equal(served[row], 1);
    assert.equal(spent[row], cost(0, row) + cost(1, row));
  }
  const never = askInOrder(table, rows, () => false);
  assert.ok(never.served.every((tier) => tier === 2));
  assert.ok(never.spent.every((each, row) => each === cost(0, row) + cost(1, row) + cost(2, row)));
});

test('an answer that fails a check is passed over however sure it is, and served if the last one is worse', () => {
  const failing = tableOf(
    changeAttempts(traces, (attempt, tier, row) =>
      tier === 'large' && row === 1
        ? { ...attempt, finish: 'length', answer: '' }
        : tier === 'small' || row === 1
          ? { ...attempt, finish: 'length' }
          : attempt,
    ),
  );
  const { served } = askInOrder(failing, [0, 1], () => true);
  // In row 1 all fail: the last two checks, the others one; of these the later is held.
  assert.deepEqual([...served], [1, 1]);
});

test('the oracle takes the cheapest answer that is no worse than the last', () => {
  const { served, spent } = oraclePolicy(table, rows);
  for (const row of rows) {
    const good = [0, 1, 2].filter((tier) => score(tier, row) >= score(2, row));
    const least = Math.min(...good.map((tier) => cost(tier, row)));
    assert.equal(spent[row], least);
    assert.ok(good.includes(served[row] ?? -1));
  }
  assert.ok(mean(measureRows(table, rows, oraclePolicy(table, rows)).losses) <= 0);
});

test('one tier alone costs what it costs, and the last loses nothing', () => {
  assert.deepEqual(measureRows(table, rows, alwaysAsk(table, rows, 2)), {
    losses: new Float64Array(rows.length),
    relativeCost: 1,
    relativeCostError: 0,
  });
  const first = measureRows(table, rows, alwaysAsk(table, rows, 0));
  const [own, unit] = [0, 2].map((tier) => rows.map((row) => cost(tier, row)));
  const { lower, upper } = ratioInterval(own ?? [], unit ?? [], 0.95) ?? { lower: NaN, upper: NaN };
  const half = normalQuantile(0.975) * (first.relativeCostError ?? NaN);
  assert.ok(half > 0 && Math.abs(half - (upper - lower) / 2) < 1e-9);
  assert.ok(first.relativeCost < 0.1 && mean(first.losses) > 0);
});

test('tuned thresholds are the cheapest of the grid within the promise, as trying them all finds', () => {
  const pair = LADDER.slice(1);
  const two = tableOf(traces, pair);
  const sure = (row: number): number => two.answers[0]?.signals[row]?.['answerProb'] ?? NaN;
  const promises = [0, 0.02, 0.05, 0.2];
  const tuned = tuneThresholds(two, rows, sure, promises);
  const sorted = rows.map(sure).toSorted((a, b) => a - b);
  const tried = [
    ...Array.from({ length: 100 }, (_, step) => sorted[Math.floor((step * rows.length) / 100)] ?? 0),
    Infinity,
  ];
  const measured = tried.map((threshold) =>
    measureRows(
      two,
      rows,
      askInOrder(two, rows, (row) => sure(row) >= threshold),
    ),
  );
  promises.forEach((promise, index) => {
    const within = measured
      .filter(({ losses }) => mean(losses) <= promise)
      .map(({ relativeCost }) => relativeCost);
    const [threshold] = tuned[index] ?? [];
    if (threshold === undefined) {
      assert.ok(Math.min(...within) >= 1, 'always asking the last tier costs no more');
      return;
    }
    const { relativeCost, losses } = measured[tried.indexOf(threshold)] ?? { relativeCost: NaN, losses: [] };
    assert.equal(relativeCost, Math.min(...within));
    assert.ok(mean(losses) <= promise);
  });
  assert.deepEqual(
    tuned.map((thresholds) => thresholds === undefined),
    [true, true, false, false],
  );
});

test('if no thresholds are within the promise, none are returned', () => {
  const better = changeAttempts(traces, (attempt, tier) => ({ ...attempt, score: tier === 'large' ? 1 : 0 }));
  assert.deepEqual(
    tuneThresholds(tableOf(better), rows, () => 0.5, [-0.1]),
    [undefined],
  );
});

test('if the small tiers cost more than the last one, neither thresholds nor a random mix ask them', () => {
  const dear = tableOf(
    changeAttempts(traces, (attempt, tier) => ({ ...attempt, costUsd: tier === 'large' ? 1e-4 : 1e-3 })),
  );
  assert.deepEqual(
    tuneThresholds(dear, rows, () => 0.5, [1]),
    [undefined],
  );
  const mixed = randomMixPolicy(dear, rows, rows, 1);
  assert.equal(mixed.relativeCost, 1);
  assert.ok(mixed.losses.every((loss) => loss === 0));
});

test('thresholds of many tiers are tried in time', () => {
  const many = Array.from({ length: 8 }, (_, index) => ({
    name: `t${index}`,
    ability: index / 4,
    costUsd: 1e-5 * 4 ** index,
  }));
  const big = tableOf(makeTraces({ seed: 3, rows: 60, tiers: many }), many);
  const [tuned] = tuneThresholds(
    big,
    rows.slice(0, 60),
    (row, tier) => big.answers[tier]?.signals[row]?.['answerProb'] ?? NaN,
    [0.1],
  );
  assert.equal(tuned?.length, 7);
});

test('a random mix loses what is promised on the questions it was tuned on, and uses no signal', () => {
  const lost = mean(measureRows(table, rows, alwaysAsk(table, rows, 0)).losses);
  const { losses, relativeCost } = randomMixPolicy(table, rows, rows, lost / 2);
  assert.ok(Math.abs(mean(losses) - lost / 2) < 1e-12);
  const first = measureRows(table, rows, alwaysAsk(table, rows, 0)).relativeCost;
  assert.ok(Math.abs(relativeCost - (first + 1) / 2) < 1e-12);
  assert.ok(Math.abs(randomMixPolicy(table, rows, rows, 1).relativeCost - first) < 1e-12);
});

test('the heuristic rules are measured if there are token signals, and left out otherwise', () => {
  for (const version of heuristicVersions) assert.equal(heuristicPolicy(table, rows, version), undefined);
  const told = tableOf(
    changeAttempts(traces, (attempt, _tier, row) => ({
      ...attempt,
      signals: { meanLogprob: row % 2 === 0 ? -0.1 : -2 },
    })),
  );
  const walked = heuristicPolicy(told, rows, 'v1');
  assert.deepEqual(
    walked?.served,
    Uint8Array.from(rows, (row) => (row % 2 === 0 ? 0 : 2)),
  );
});
