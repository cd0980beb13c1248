import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Trace } from '../traces/trace.ts';
import { measureRows, mean } from '../learning/table/measure-rows.ts';
import { createLadderTable } from '../learning/table/ladder-table.ts';
import { tune, type TuneOptions } from '../learning/tuning/tune.ts';
import { reportFromTuned } from './from-tuned.ts';
import { makeQuestions, REPORT_TEST_TIERS as tiers } from './recorded-questions.ts';
import { policyRows } from './policy-rows.ts';

const options = (changes: Partial<TuneOptions> = {}): TuneOptions => ({
  route: 'auto',
  tiers: tiers.map(({ name, model }) => ({ name, model })),
  objective: { maxQualityLoss: 0.05, certainty: 0.9 },
  seed: 3,
  source: { name: 'traces.jsonl', dates: ['2026-11-24'], scorer: 'exact match' },
  createdAt: '2026-11-24T10:00:00Z',
  fitShare: 0.45,
  testShare: 0.3,
  ...changes,
});

function report(traces: Trace[], how = options()) {
  const { table } = createLadderTable(traces, tiers);
  const tuned = tune(table, how);
  return { table, tuned, data: reportFromTuned(table, tuned, { ...how, tiers, relativePrices: false }) };
}

test('it is measured on the rows that were kept, and on no other', () => {
  const { tuned, data } = report(makeQuestions(1_000));
  assert.deepEqual(data.questions, {
    fit: tuned.draw.fit.length,
    certify: tuned.draw.certify.length,
    test: 300,
  });
  assert.equal(new Set([...tuned.draw.fit, ...tuned.draw.certify, ...tuned.draw.score]).size, 1_000);
  assert.equal(
    data.groups.reduce((sum, { questions }) => sum + questions, 0),
    300,
  );
});

test('rows decided one by one by the cascade agree with the walker that tuned them', () => {
  const { table, tuned, data } = report(makeQuestions(1_000, { paid: true }));
  const { version, solved, draw } = tuned;
  assert.ok(
    version?.certificate !== undefined && data.certificate !== undefined,
    'this ladder can be certified',
  );
  const point = tuned.frontier.chosen - 1;
  const walked = solved.walk(draw.score, point);
  const { losses, relativeCost } = measureRows(table, draw.score, walked);
  assert.ok(relativeCost < 0.9, 'it saves something, so that agreement means something');
  const policy = {
    route: 'auto',
    tiers,
    rule: version.rule,
    onAbstain: 'serve' as const,
    data: {},
    certified: true,
  };
  const rows = policyRows(table, draw.score, policy, solved.model);
  assert.deepEqual(
    rows.map(({ served }) => served),
    Array.from(walked.served, (tier) => tiers[tier]?.name),
  );
  assert.ok(Math.abs(data.result.relativeCost.value - relativeCost) < 1e-9);
  assert.ok(Math.abs((data.result.loss?.value ?? NaN) - mean(losses)) < 1e-9);
});

test('paid signals that were bought stand among the spending, and those not recorded cost nothing', () => {
  const { data } = report(makeQuestions(1_500, { paid: true }));
  const signals = data.spend.find(({ on }) => on === 'signals');
  assert.ok(signals !== undefined && signals.calls > 0, 'the policy buys some');
  const panels = data.confidence.map(({ paid, questions }) => ({ paid, questions }));
  assert.equal(panels[0]?.paid, false);
  assert.equal(panels[0]?.questions, 450);
  assert.ok(panels[1]?.paid === true && panels[1].questions < 450);
});

test('costs are in dollars, texts are those of the trace', () => {
  const { data } = report(makeQuestions(1_000));
  assert.ok(Math.abs((data.result.alwaysLastUsd ?? NaN) - 3e-4) < 1e-12);
  const [first] = data.hardest.nobodyRight.shown;
  assert.match(first?.question ?? '', /^Question \d+\?$/);
  assert.equal(first?.reference, 'yes');
});

test('where nothing can be certified it reports on the last tier, and on what is missing', () => {
  const { tuned, data } = report(
    makeQuestions(120),
    options({ objective: { maxQualityLoss: 0.001, certainty: 0.99 } }),
  );
  assert.equal(tuned.version, undefined);
  assert.equal(data.certificate, undefined);
  assert.deepEqual(data.result.servedBy, { small: 0, large: 1 });
  assert.deepEqual(data.result.loss, { value: 0, lower: 0, upper: 0 });
  assert.ok(Math.abs(data.result.relativeCost.value - 1) < 1e-9);
});

test('of rows with the same prompt one is measured on', () => {
  const twins = makeQuestions(500).flatMap((trace) => [trace, { ...trace, id: `${trace.id}-again` }]);
  const { tuned, data } = report(twins);
  assert.ok(data.questions.test < tuned.draw.score.length);
  assert.ok(data.questions.test >= tuned.draw.score.length / 2);
});

test('too few rows to measure on are an error that says so', () => {
  assert.throws(() => report(makeQuestions(30), options({ testShare: 0.01 })), /at least two test questions/);
});
