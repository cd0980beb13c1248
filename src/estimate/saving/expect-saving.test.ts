import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom, shuffled } from '../../calibration/fit/random.ts';
import { bench } from '../../learning/tuning/bench.ts';
import { createLadderTable } from '../../learning/table/ladder-table.ts';
import type { Trace } from '../../traces/trace.ts';
import { makeTraces, policyTiers } from '../../../test/made-traces.ts';
import type { ComparedRow } from '../compare-row.ts';
import { EXPECTED_LABELS, expectSaving } from './expect-saving.ts';
import { priceRows } from './price-rows.ts';

const TIERS = [
  { name: 'small', ability: 1, costUsd: 1e-4 },
  { name: 'large', ability: 2.6, costUsd: 2e-3 },
];

/** A trace as a compared row: by its scores, or by whether the answers are the same. */
function rowOf(trace: Trace, byScores: boolean): ComparedRow {
  const [small = 0, large = 0] = ['small', 'large'].map((name) => trace.attempts[name]?.score);
  const row: ComparedRow = {
    trace,
    kind: 'choice',
    sameness: small === large ? 'same' : 'different',
    vetoes: [],
  };
  return byScores ? { ...row, loss: large - small } : row;
}

const promise = { maxLosses: [0.05], certainty: 0.9, seed: 1 };

test('the interval holds the certified saving of `weir bench`, from a sample of 200 with scores', () => {
  const traces = makeTraces({ seed: 4, rows: 6_000, tiers: TIERS });
  const { table } = createLadderTable(traces, policyTiers(TIERS));
  const report = bench(table, {
    ...EXPECTED_LABELS,
    maxLosses: [0.05],
    certainty: 0.9,
    splits: 6,
    seed: 3,
    population: false,
  });
  const truth = 1 - (report.policies['certified']?.[0]?.relativeCost ?? NaN);
  const intervals = [1, 2, 3, 4].map((seed) => {
    const rows = shuffled(traces, createRandom(seed))
      .slice(0, 200)
      .map((trace) => rowOf(trace, true));
    const priced = priceRows(rows, { small: 'small', recorded: 'large' });
    assert.equal(priced.basis, 'costs');
    return expectSaving({ ...priced, ...promise })?.[0]?.saved;
  });
  const missed = intervals.filter((each) => each === undefined || each.lower > truth || each.upper < truth);
  assert.ok(missed.length <= 1, `${truth}: ${JSON.stringify(intervals)}`);
  assert.ok(intervals.every((each) => each !== undefined && each.upper - each.lower < 0.8));
});

test('the same sample and seed give the same figures; where all answers are the same, only the small model is paid', () => {
  const traces = makeTraces({ seed: 9, rows: 120, tiers: TIERS });
  const rows = priceRows(
    traces.map((trace) => rowOf(trace, false)),
    { small: 'small', recorded: 'large' },
  );
  assert.deepEqual(expectSaving({ ...rows, ...promise }), expectSaving({ ...rows, ...promise }));
  const same = rows.rows.map((row): ComparedRow => ({ ...row, sameness: 'same' }));
  const [agreed] = expectSaving({ ...rows, rows: same, ...promise }) ?? [];
  assert.ok(agreed !== undefined && rows.relativePrice !== undefined);
  assert.ok(Math.abs(agreed.saved.upper - (1 - rows.relativePrice)) < 0.02, JSON.stringify(agreed));
});

test('fewer than twenty rows give no saving', () => {
  const rows = makeTraces({ seed: 1, rows: 19, tiers: TIERS }).map((trace) => rowOf(trace, true));
  assert.equal(
    expectSaving({ ...priceRows(rows, { small: 'small', recorded: 'large' }), ...promise }),
    undefined,
  );
});

test('costs come from prices, or the log; where they are not known, calls are counted', () => {
  const trace = (recorded: object, small: object): ComparedRow =>
    rowOf(
      {
        id: 'q',
        group: 'g',
        prompt: 'Why?',
        attempts: { small: { answer: 'a', ...small }, large: { answer: 'a', ...recorded } },
      },
      false,
    );
  const names = { small: 'small', recorded: 'large' };
  const tokens = { inputTokens: 1_000, outputTokens: 100 };
  const price = { input: 100, output: 1_000 };
  assert.equal(priceRows([trace({}, {})], names).basis, 'calls');
  assert.equal(priceRows([trace({ costUsd: 1 }, {})], names).basis, 'large');
  const { basis, relativePrice } = priceRows([trace({ costUsd: 0.01 }, tokens)], {
    ...names,
    smallPrice: price,
  });
  assert.equal(basis, 'costs');
  assert.ok(Math.abs((relativePrice ?? NaN) - 0.02) < 1e-9);
});
