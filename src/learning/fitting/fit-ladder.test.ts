import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LADDER, makeTraces, policyTiers } from '../../../test/made-traces.ts';
import type { Trace } from '../../traces/trace.ts';
import { createLadderTable, type LadderTable } from '../table/ladder-table.ts';
import { solveLadder, type SolvedLadder } from './solve-ladder.ts';

const PRICES = [50, 5, 1];
const rowsOf = (count: number): number[] => [...Array(count).keys()];
const tableOf = (traces: readonly Trace[]): LadderTable =>
  createLadderTable(traces, policyTiers(LADDER)).table;
const traces = makeTraces({ seed: 3, rows: 240, tiers: LADDER, groups: ['a', 'b', 'c'] });

/** Every number of the documents that came of a fit. */
function numbers({ parts, model }: SolvedLadder): number[] {
  const found: number[] = [];
  const walk = (value: unknown): void => {
    if (typeof value === 'number') found.push(value);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(walk);
  };
  // The predictor's steps are at ranks of the rows: of every row twice there are twice as many.
  walk([parts, Object.values(model.tiers ?? {}).map(({ answered: { spread: _, ...state } }) => state)]);
  return found;
}

test('a row of weight two counts as the row twice: in confidence, gain, costs and continuations', () => {
  const once = tableOf(traces);
  // Repetitions share a cluster, so that they are held out together.
  const twice = tableOf(
    traces.flatMap((trace) => [
      { ...trace, cluster: trace.id },
      { ...trace, id: `${trace.id} again`, cluster: trace.id },
    ]),
  );
  const heavy = solveLadder(once, rowsOf(once.count), {
    prices: PRICES,
    weights: new Float64Array(once.count).fill(2),
  });
  const doubled = solveLadder(twice, rowsOf(twice.count), { prices: PRICES });
  const [a, b] = [numbers(heavy), numbers(doubled)];
  assert.equal(a.length, b.length);
  assert.ok(a.length > 100);
  a.forEach((value, index) => {
    const other = b[index] ?? NaN;
    assert.ok(Math.abs(value - other) <= 2e-2 * Math.max(1, Math.abs(other)), `${value} ≠ ${other}`);
  });
});

test('rows of almost no weight have almost no effect', () => {
  const wrong = traces.map((trace): Trace => ({
    ...trace,
    id: `${trace.id} wrong`,
    attempts: Object.fromEntries(
      Object.entries(trace.attempts).map(([tier, attempt]) => [
        tier,
        { ...attempt, score: 1 - (attempt.score ?? 0), costUsd: 9 },
      ]),
    ),
  }));
  const both = tableOf([...traces, ...wrong]);
  const clean = solveLadder(tableOf(traces), rowsOf(traces.length), { prices: PRICES });
  const fit = (weightOfWrong: number): SolvedLadder =>
    solveLadder(both, rowsOf(both.count), {
      prices: PRICES,
      weights: Float64Array.from(both.ids, (id) => (id.endsWith('wrong') ? weightOfWrong : 1)),
    });
  const costs = ({ parts }: SolvedLadder): number => parts.askCost['large']?.elsewhere ?? NaN;
  assert.ok(Math.abs(costs(fit(1e-9)) / costs(clean) - 1) < 1e-3);
  assert.ok(costs(fit(1)) > 100 * costs(clean));
  const slopes = ({ model }: SolvedLadder): readonly number[] =>
    model.tiers?.['small']?.answered.acceptable.shared ?? [];
  const distance = (solved: SolvedLadder): number =>
    Math.hypot(...slopes(solved).map((slope, column) => slope - (slopes(clean)[column] ?? NaN)));
  assert.ok(distance(fit(1e-9)) < 0.05 * distance(fit(1)));
});
