import assert from 'node:assert/strict';
import { test } from 'node:test';
import { madeFiles } from '../../../test/made-files.ts';
import { changeAttempts, LADDER, makeTraces, policyTiers } from '../../../test/made-traces.ts';
import { bench, cheapestWithin, type BenchOptions } from './bench.ts';
import { createLadderTable, type LadderTable } from '../table/ladder-table.ts';

const PAIR = [LADDER[0], LADDER[2]].flatMap((tier) => tier ?? []);
const traces = makeTraces({ seed: 31, rows: 900, tiers: PAIR, groups: ['a', 'b', 'c'] });
const tableOf = (of = traces, tiers: readonly { name: string }[] = PAIR): LadderTable =>
  createLadderTable(of, policyTiers(tiers)).table;
const table = tableOf();
const OPTIONS: BenchOptions = {
  maxLosses: [0.05, 0.2],
  certainty: 0.9,
  fit: 200,
  certify: 300,
  splits: 3,
  seed: 5,
  population: false,
};

test('the same seed gives the same report, another seed another one', () => {
  const report = bench(table, OPTIONS);
  assert.deepEqual(bench(table, OPTIONS), report);
  assert.notDeepEqual(bench(table, { ...OPTIONS, seed: 6 }).policies, report.policies);
});

test('the report has the shape that others rely on, every figure finite', () => {
  const report = bench(table, OPTIONS);
  assert.equal(report.protocol, 'splits');
  assert.deepEqual(Object.keys(report.accuracy), ['small', 'large']);
  assert.deepEqual(Object.keys(report.calibration), ['small']);
  const { ece, debiasedEce, brier, logLoss, auroc } = report.calibration['small'] ?? {};
  for (const figure of [ece, debiasedEce, brier, logLoss, auroc]) assert.ok(Number.isFinite(figure));
  assert.ok((auroc ?? 0) > 0.65 && (brier ?? 1) < 0.25);
  assert.deepEqual(Object.keys(report.policies), [
    'certified',
    'plugIn',
    'thresholds',
    'alwaysLast',
    'alwaysFirst',
    'random',
    'frontier',
    'oracle',
  ]);
  assert.deepEqual(report.leftOut, ['heuristic-v1', 'heuristic-v2', 'heuristic-v3']);
  for (const figures of Object.values(report.policies)) {
    assert.deepEqual(
      figures.map(({ maxLoss }) => maxLoss),
      [0.05, 0.2],
    );
    for (const each of figures) {
      assert.ok(
        [each.violationRate, each.relativeCost, each.relativeCostError, each.loss].every(Number.isFinite),
      );
      assert.ok(each.violationInterval.lower <= each.violationRate);
      assert.ok(each.violationRate <= each.violationInterval.upper);
    }
  }
});

test('policies keep their order: the oracle is cheapest, always the last costs 1 and loses nothing', () => {
  const { policies, oracleAccuracy, accuracy } = bench(table, OPTIONS);
  const at = (name: string, promise = 1) => policies[name]?.[promise] ?? assert.fail(name);
  assert.deepEqual([at('alwaysLast').relativeCost, at('alwaysLast').loss], [1, 0]);
  assert.ok(at('oracle').loss <= 0 && at('oracle').relativeCost < at('certified', 0).relativeCost);
  assert.ok(at('certified').relativeCost < at('certified', 0).relativeCost, 'a laxer promise is cheaper');
  assert.ok(at('certified').relativeCost < 0.9);
  assert.ok(oracleAccuracy >= Math.max(...Object.values(accuracy)));
});

test('drawn from a population, the certified policy keeps its promise as often as it says, the plug-in one does not', () => {
  const pool = tableOf(makeTraces({ seed: 77, rows: 2_000, tiers: PAIR }));
  const { policies, protocol } = bench(pool, {
    ...OPTIONS,
    maxLosses: [0.04],
    fit: 150,
    certify: 250,
    splits: 60,
    population: true,
  });
  assert.equal(protocol, 'population');
  const [certified, plugIn] = [policies['certified']?.[0], policies['plugIn']?.[0]];
  assert.ok(
    certified !== undefined && certified.violationInterval.lower <= 0.1,
    String(certified?.violationRate),
  );
  assert.ok(plugIn !== undefined && plugIn.violationInterval.lower > 0.1, String(plugIn?.violationRate));
});

test('the plug-in policy is the cheapest point within the promise, if it saves', () => {
  const path = [
    [0.01, 0.9],
    [0.05, 0.5],
    [0.03, 0.6],
    [0.2, 0.1],
  ] as const;
  const measure = (point: number) => ({
    losses: Float64Array.of(path[point]?.[0] ?? NaN),
    relativeCost: path[point]?.[1] ?? NaN,
  });
  assert.equal(cheapestWithin(4, measure, 0.04), 2);
  assert.equal(cheapestWithin(4, measure, 0.005), undefined);
  assert.equal(
    cheapestWithin(1, () => ({ losses: Float64Array.of(0), relativeCost: 1 }), 0.5),
    undefined,
  );
});

test('too few questions or conversations are an error that says what to use', () => {
  assert.throws(
    () => bench(table, { ...OPTIONS, fit: 600 }),
    /600 questions to fit on.*leave none of 900.*--fit/,
  );
  const few = (rows: number) => () =>
    bench(tableOf(traces.slice(0, rows)), { ...OPTIONS, splits: 1, population: true });
  assert.throws(few(19), {
    name: 'RangeError',
    message: '19 labelled questions are too few to be drawn from as a population: at least 20 are needed.',
  });
  assert.throws(few(1), /^RangeError: 1 labelled question is too few/);
  const { traces: talks, tiers } = madeFiles['conversations of many rows'](3);
  assert.throws(
    () => bench(tableOf(talks, tiers), { ...OPTIONS, fit: 200, certify: 200 }),
    /150 of them are too few.*--certify/,
  );
});

test('AUROC is absent if there is nothing to tell apart', () => {
  const right = changeAttempts(traces, (attempt) => ({ ...attempt, score: 1 }));
  const report = bench(tableOf(right), { ...OPTIONS, splits: 1 });
  assert.equal('auroc' in (report.calibration['small'] ?? {}), false);
  assert.ok((report.policies['certified']?.[0]?.relativeCost ?? 1) < 0.1, 'the small tier suffices');
});

test('the cross-fitted policy is measured if asked for, paired with the certified one; the others do not change', () => {
  const plain = bench(table, OPTIONS);
  const { policies, crossFittedToCertified, ...rest } = bench(table, { ...OPTIONS, crossFit: true });
  const { crossFitted, ...others } = policies;
  assert.deepEqual({ ...rest, policies: others }, plain);
  assert.equal('crossFittedToCertified' in plain, false);
  assert.deepEqual(Object.keys(policies).slice(0, 2), ['certified', 'crossFitted']);
  assert.deepEqual(
    crossFittedToCertified?.map(({ maxLoss }) => maxLoss),
    [0.05, 0.2],
  );
  crossFittedToCertified?.forEach(
    ({ relativeCostDifference: minus, relativeCostDifferenceError: error }, index) => {
      const [one, other] = [crossFitted?.[index], others['certified']?.[index]];
      assert.ok(Math.abs(minus - ((one?.relativeCost ?? NaN) - (other?.relativeCost ?? NaN))) < 1e-12);
      assert.ok(error !== null && error > 0 && error < 0.5);
    },
  );
  assert.throws(
    () => bench(table, { ...OPTIONS, fit: 100, certify: 200, crossFit: true }),
    /300 labelled questions.*at least 400/,
  );
});

test('progress is reported before each split and at the end', () => {
  const told: string[] = [];
  bench(table, { ...OPTIONS, splits: 2, progress: (done, total) => told.push(`${done}/${total}`) });
  assert.deepEqual(told, ['0/2', '1/2', '2/2']);
});
