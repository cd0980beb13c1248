import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  changeAttempts,
  createChance,
  LADDER,
  makeTraces,
  policyTiers,
  type MadeTier,
} from '../../../test/made-traces.ts';
import type { Trace, TraceAttempt } from '../../traces/trace.ts';
import { mean } from '../table/measure-rows.ts';
import { createLadderTable, type LadderTable } from '../table/ladder-table.ts';
import { meanLastCost, solveLadder } from './solve-ladder.ts';
import { NOISE_PRICE, pricesOfQuality } from './solve-path.ts';

const tableOf = (traces: readonly Trace[], tiers: readonly Pick<MadeTier, 'name'>[]): LadderTable =>
  createLadderTable(traces, policyTiers(tiers)).table;
const allRows = (table: LadderTable): number[] => [...Array(table.count).keys()];

/** A ladder of three tiers of which all is known: two of them say `high` or `low`, and that is all that tells. */
interface Known {
  cost: readonly [number, number, number];
  /** Chance that the first tier says `high`; of being right then, and else. */
  first: readonly [high: number, whenHigh: number, whenLow: number];
  second: readonly [high: number, whenHigh: number, whenLow: number];
  /** Chance that the last is right. */
  last: number;
  /** Chance that the first tier's answer fails a check, whatever it says; none by default. */
  fails?: number;
  /** What asking closely costs, and the chances of being right by what was said before and then. */
  paid?: {
    cost: number;
    sure: number;
    whenSure: readonly [number, number];
    whenNot: readonly [number, number];
  };
}

const SAYS = { low: 0.3, high: 0.8 };
const USD = 1e-4;

function sample(known: Known, rows: number, seed: number): LadderTable {
  const chance = createChance(seed);
  const { first, second, last, cost, paid, fails = 0 } = known;
  const traces = Array.from({ length: rows }, (_, row): Trace => {
    const [firstHigh, secondHigh] = [chance.coin(first[0]), chance.coin(second[0])];
    const sure = paid !== undefined && chance.coin(paid.sure);
    const firstRight =
      paid === undefined
        ? first[firstHigh ? 1 : 2]
        : (sure ? paid.whenSure : paid.whenNot)[firstHigh ? 0 : 1];
    const answer = (right: number, tier: number, high: boolean): TraceAttempt => ({
      score: chance.coin(right) ? 1 : 0,
      costUsd: (cost[tier] ?? 0) * USD,
      answer: 'x',
      ...(tier === 2 ? {} : { signals: { says: high ? SAYS.high : SAYS.low } }),
    });
    return {
      id: String(row),
      group: 'g',
      attempts: {
        first: {
          ...answer(firstRight ?? 0, 0, firstHigh),
          ...(fails > 0 && chance.coin(fails) ? { finish: 'length' } : {}),
          ...(paid === undefined
            ? {}
            : { paidSignals: { sure: { value: sure ? 0.9 : 0.2, costUsd: paid.cost * USD } } }),
        },
        second: answer(second[secondHigh ? 1 : 2] ?? 0, 1, secondHigh),
        last: answer(last, 2, false),
      },
    };
  });
  return tableOf(traces, [{ name: 'first' }, { name: 'second' }, { name: 'last' }]);
}

/** The least expected cost of any policy, in units of 10⁻⁴ dollars, by dynamic programming over what is said. */
function optimum({ cost, first, second, last, paid, fails = 0 }: Known, price: number): number {
  const doubt = (right: number): number =>
    price * (last - right + NOISE_PRICE * (last * (1 - right) + right * (1 - last)));
  const expect = (high: number, whenHigh: number, whenLow: number): number =>
    high * whenHigh + (1 - high) * whenLow;
  const afterSecond = (right: number): number => Math.min(doubt(right), cost[2]);
  const askSecond = cost[1] + expect(second[0], afterSecond(second[1]), afterSecond(second[2]));
  const onward = Math.min(askSecond, cost[2]);
  const afterFirst = (place: 0 | 1): number => {
    if (paid === undefined) return Math.min(doubt(first[place + 1] ?? 0), onward);
    const [sure, unsure] = [paid.whenSure[place], paid.whenNot[place]];
    const looked =
      paid.cost + expect(paid.sure, Math.min(doubt(sure), onward), Math.min(doubt(unsure), onward));
    return Math.min(doubt(expect(paid.sure, sure, unsure)), looked, onward);
  };
  const afterChecks = (1 - fails) * expect(first[0], afterFirst(0), afterFirst(1)) + fails * onward;
  return Math.min(cost[0] + afterChecks, onward);
}

const KNOWN: readonly Known[] = [
  { cost: [1, 4, 20], first: [0.6, 0.95, 0.4], second: [0.7, 0.92, 0.5], last: 0.9 },
  { cost: [1, 4, 20], first: [0.3, 0.8, 0.2], second: [0.5, 0.97, 0.6], last: 0.95 },
  { cost: [5, 6, 10], first: [0.5, 0.7, 0.1], second: [0.8, 0.95, 0.3], last: 0.85 },
  { cost: [1, 30, 20], first: [0.8, 0.9, 0.3], second: [0.5, 0.9, 0.9], last: 0.92 },
  {
    cost: [2, 8, 20],
    first: [0.6, 0, 0],
    second: [0.6, 0.9, 0.5],
    last: 0.9,
    paid: { cost: 0.5, sure: 0.6, whenSure: [0.97, 0.85], whenNot: [0.5, 0.15] },
  },
  {
    cost: [1, 8, 20],
    first: [0.6, 0, 0],
    second: [0.6, 0.9, 0.5],
    last: 0.9,
    fails: 0.4,
    paid: { cost: 3, sure: 0.6, whenSure: [0.97, 0.85], whenNot: [0.5, 0.15] },
  },
];

test('with many labels the policy costs what the best one does, whatever the price of quality', () => {
  KNOWN.forEach((known, index) => {
    const fitted = sample(known, 2_000, 11 + index);
    const fresh = sample(known, 6_000, 91 + index);
    const prices = [100, 5, 1.5, 0.5];
    // The walker knows the rows of one table: the fit rows come first in it.
    const table = tableOf(
      [...fitted.traces, ...renamed(fresh.traces)],
      [{ name: 'first' }, { name: 'second' }, { name: 'last' }],
    );
    const solved = solveLadder(table, allRows(table).slice(0, fitted.count), { prices });
    const rows = allRows(table).slice(fitted.count);
    prices.forEach((price, point) => {
      const priceUnits = price * known.cost[2];
      const { served, spent } = solved.walk(rows, point);
      const { losses } = solved.measure(rows, point);
      const realised =
        mean(spent) / (USD * 1e9) + priceUnits * (mean(losses) + NOISE_PRICE * mean(losses.map(Math.abs)));
      const best = optimum(known, priceUnits);
      const noise = 3 * priceUnits * Math.sqrt(mean(losses.map((loss) => loss * loss)) / rows.length);
      assert.ok(
        Math.abs(realised - best) <= 0.03 * best + noise,
        `ladder ${index}, price ${price}: ${realised} against ${best}; served ${mean(served)}`,
      );
    });
  });
});

const renamed = (traces: readonly Trace[]): Trace[] =>
  traces.map((trace) => ({ ...trace, id: `f${trace.id}` }));

test('at an unlimited price of quality, with free disagreement, the loss is the least that the signals allow', () => {
  // Where the first tier says `high` it is better than the last one, else worse.
  const known: Known = { cost: [1, 4, 20], first: [0.5, 0.95, 0.3], second: [0.5, 0.5, 0.5], last: 0.8 };
  const table = sample(known, 4_000, 5);
  const rows = allRows(table);
  const solved = solveLadder(table, rows, { prices: [1e9], noisePrice: 0 });
  const { served } = solved.walk(rows, 0);
  const high = rows.map((row) => table.answers[0]?.signals[row]?.['says'] === SAYS.high);
  assert.deepEqual(
    [...served],
    high.map((each) => (each ? 0 : 2)),
  );
  assert.ok(mean(solved.measure(rows, 0).losses) < -0.05);
});

test('the unit of costs does not matter: with all costs times a thousand, a price times a thousand decides the same', () => {
  const traces = makeTraces({ seed: 4, rows: 300, tiers: LADDER, groups: ['a', 'b'] });
  const dearer = changeAttempts(traces, (attempt) => ({
    ...attempt,
    costUsd: Math.round((attempt.costUsd ?? 0) * 1e9) * 1e-6,
  }));
  const [cheap, dear] = [tableOf(traces, LADDER), tableOf(dearer, LADDER)].map((table) => {
    const solved = solveLadder(table, allRows(table).slice(0, 200));
    return { table, solved, walked: pricesOfQuality().map((_, point) => solved.walk(allRows(table), point)) };
  });
  assert.ok(cheap !== undefined && dear !== undefined);
  cheap.walked.forEach(({ served, spent }, point) => {
    assert.deepEqual(dear.walked[point]?.served, served);
    const scaled = mean(dear.walked[point]?.spent ?? []) / 1_000;
    assert.ok(Math.abs(scaled - mean(spent)) <= 1e-6 * mean(spent));
  });
  const [path, dearPath] = [cheap.solved.parts.path, dear.solved.parts.path];
  assert.ok(Math.abs((dearPath[7]?.priceOfQuality ?? 0) / (path[7]?.priceOfQuality ?? 0) / 1_000 - 1) < 1e-9);
});

test('rows in another order, each in the same fold, give the same policy', () => {
  const table = tableOf(makeTraces({ seed: 9, rows: 200, tiers: LADDER, groups: ['a', 'b'] }), LADDER);
  const rows = allRows(table);
  // Folds go by turns of five: rows that are five apart may change places.
  const other = rows.map((row) => (row % 10 < 5 ? row + 5 : row - 5));
  const [one, two] = [solveLadder(table, rows), solveLadder(table, other)];
  for (const point of [0, 20, 40, 60, 79])
    assert.deepEqual(two.walk(rows, point).served, one.walk(rows, point).served);
});

test('a tier that is dearer than the last one and always wrong is never asked', () => {
  const tiers = [LADDER[0], LADDER[1], LADDER[2]] as [MadeTier, MadeTier, MadeTier];
  const traces = changeAttempts(makeTraces({ seed: 2, rows: 400, tiers }), (attempt, tier) =>
    tier === 'medium'
      ? { ...attempt, score: 0, costUsd: 5e-3 }
      : { ...attempt, costUsd: tier === 'small' ? 1e-4 : 2e-3 },
  );
  const table = tableOf(traces, tiers);
  const solved = solveLadder(table, allRows(table).slice(0, 250));
  pricesOfQuality().forEach((_, point) => {
    const { served, spent } = solved.walk(allRows(table), point);
    assert.ok(!served.includes(1));
    assert.ok(
      spent.every((cost) => [1e5, 2e6, 2.1e6].includes(cost)),
      `point ${point}`,
    );
  });
});

test('a first tier that is always wrong and has no useful signal is skipped unless quality is nearly free', () => {
  const traces = changeAttempts(makeTraces({ seed: 2, rows: 400, tiers: LADDER }), (attempt, tier) =>
    tier === 'small' ? { ...attempt, score: 0, signals: {}, outputTokens: 5, costUsd: 5e-4 } : attempt,
  );
  const table = tableOf(traces, LADDER);
  const solved = solveLadder(table, allRows(table).slice(0, 250), { prices: [100, 30, 10, 3] });
  [0, 1, 2, 3].forEach((point) => {
    const { served, spent } = solved.walk(allRows(table), point);
    served.forEach((tier, row) => {
      assert.ok(tier > 0);
      const least =
        (table.answers[tier]?.cost[row] ?? 0) + (tier === 2 ? (table.answers[1]?.cost[row] ?? 0) : 0);
      assert.ok((spent[row] ?? Infinity) <= least);
    });
  });
});

test('prices of quality fall geometrically from the dearest to the cheapest', () => {
  const prices = pricesOfQuality();
  assert.equal(prices.length, 160);
  assert.deepEqual([prices[0], prices.at(-1)?.toPrecision(9)], [300, '0.300000000']);
  assert.ok(Math.abs((prices[1] ?? 0) ** 2 / 300 / (prices[2] ?? 1) - 1) < 1e-12);
});

test('if the last tier costs nothing, an error says that there is nothing to save', () => {
  const traces = changeAttempts(makeTraces({ seed: 2, rows: 40, tiers: LADDER }), (attempt) => ({
    ...attempt,
    costUsd: 0,
  }));
  const table = tableOf(traces, LADDER);
  assert.equal(meanLastCost(table, allRows(table)), 0);
  assert.throws(() => solveLadder(table, allRows(table)), /asking large costs nothing .* nothing to save/);
});
