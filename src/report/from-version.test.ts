import assert from 'node:assert/strict';
import { test } from 'node:test';
import { versionHash, type Version } from '../routing/version.ts';
import type { Trace } from '../traces/trace.ts';
import { measureRows, mean } from '../learning/table/measure-rows.ts';
import { createLadderTable } from '../learning/table/ladder-table.ts';
import { requestView } from '../recordings/replay-attempt.ts';
import type { ReportData } from './report-data.ts';
import { tune, type TuneOptions } from '../learning/tuning/tune.ts';
import { createWalker } from '../learning/table/walk-rows.ts';
import { reportFromVersion } from './from-version.ts';
import { makeQuestions, REPORT_TEST_TIERS as tiers } from './recorded-questions.ts';

const MADE = '2026-11-24T10:00:00.000Z';

function made(objective: TuneOptions['objective'] = { maxQualityLoss: 0.05, certainty: 0.9 }): Version {
  const { table } = createLadderTable(makeQuestions(1_000, { paid: true }), tiers);
  const { version } = tune(table, {
    route: 'auto',
    tiers: tiers.map(({ name, model }) => ({ name, model })),
    objective,
    seed: 3,
    source: { name: 'traces.jsonl', dates: ['2026-11-24'], scorer: 'exact match' },
    createdAt: MADE,
    fitShare: 0.45,
    testShare: 0,
  });
  assert.ok(version !== undefined, 'this ladder can be certified');
  return version;
}

const version = made();

function report(traces: readonly Trace[], of = version, prices?: readonly number[]): ReportData {
  const { table } = createLadderTable(traces, tiers, prices === undefined ? {} : { prices });
  return reportFromVersion(table, of, {
    hash: versionHash(of),
    tiers,
    source: 'later.jsonl',
    createdAt: '2026-12-01T08:00:00.000Z',
    seed: 7,
    relativePrices: prices !== undefined,
  });
}

const later = makeQuestions(600, { paid: true, seed: 12 });
const asked = (at: string | undefined) =>
  later.map((trace, index) => ({ ...trace, ...(index === 5 && at !== undefined ? { createdAt: at } : {}) }));

test('a stored version is judged on every question, and says which one it is and what it promises', () => {
  const data = report(later);
  assert.deepEqual(data.questions, {
    fit: version.evidence['fitRows'],
    certify: version.evidence['certifyRows'],
    test: 600,
  });
  assert.equal(data.version, versionHash(version));
  assert.deepEqual(data.certificate, version.certificate);
  assert.deepEqual(data.objective, version.rule.objective);
  assert.equal(data.createdAt, '2026-12-01T08:00:00.000Z');
});

test('the cascade, one by one, and the path of the version, walked, agree on what it did', () => {
  const data = report(later);
  const { rule, confidenceModel } = version;
  const { table } = createLadderTable(later, tiers);
  const rows = [...Array(table.count).keys()];
  const point = rule.path[rule.place];
  assert.ok(point !== undefined);
  const { losses, relativeCost } = measureRows(
    table,
    rows,
    createWalker(table, rule, confidenceModel)(rows, point),
  );
  assert.ok(relativeCost < 0.9 && mean(losses) !== 0, 'there is something to agree on');
  const chosen = data.frontier.points[data.frontier.chosen];
  for (const [cost, loss] of [
    [data.result.relativeCost.value, data.result.loss?.value ?? NaN],
    [chosen?.relativeCost ?? NaN, chosen?.loss.value ?? NaN],
  ] as const) {
    assert.ok(Math.abs(cost - relativeCost) < 1e-9, `${cost}`);
    assert.ok(Math.abs(loss - mean(losses)) < 1e-9, `${loss}`);
  }
});

test('the frontier is the path that the version kept, on the same questions, certified as far as it may go', () => {
  const { frontier } = report(later);
  const { path, furthest, place } = version.rule;
  assert.deepEqual(
    [frontier.on, frontier.questions, frontier.points.length, frontier.chosen, frontier.limit],
    ['test', 600, path.length + 1, place + 1, 0.05],
  );
  assert.equal(frontier.points.filter(({ certified }) => certified).length, furthest + 2);
  const bought = made({ valueOfGoodAnswerUsd: 0.001 });
  const uncertified = report(later, bought);
  assert.equal(uncertified.certificate, undefined);
  assert.equal(uncertified.frontier.points.filter(({ certified }) => certified).length, 1);
});

test('that nothing was fitted on the questions is said only where all were asked after the version was made', () => {
  const at = (createdAt: string) => later.map((trace) => ({ ...trace, createdAt }));
  assert.equal(report(at('2026-11-24T10:00:00.001Z')).judged?.unseen, true);
  assert.equal(report(at(MADE)).judged?.unseen, false);
  assert.equal(report(later).judged?.unseen, false);
  assert.equal(report(at('some day')).judged?.unseen, false);
  const most = at('2026-11-30T00:00:00Z');
  assert.equal(
    report([...most.slice(1), ...asked('2026-11-01T00:00:00Z').slice(5, 6)]).judged?.unseen,
    false,
  );
  assert.deepEqual(report(later).judged, { madeAt: MADE, madeFrom: 'traces.jsonl', unseen: false });
});

test('where a budget had moved an older request does not move this version', () => {
  const exported = (place: object) =>
    later.map((trace) => {
      const { features, inputTokens, u } = requestView(trace, { tiers });
      return { ...trace, request: { features, inputTokens, u, ...place } };
    });
  const { servedBy } = report(exported({})).result;
  assert.ok((servedBy['small'] ?? 0) > 0.3);
  assert.deepEqual(report(exported({ place: 0 })).result.servedBy, servedBy);
});

test('of questions with the same prompt one counts', () => {
  const twins = later.flatMap((trace) => [trace, { ...trace, id: `${trace.id}-again` }]);
  assert.equal(report(twins).questions.test, 600);
});

test('without scores of the last tier the path is measured in wrong accepted answers', () => {
  const unscored = later.map((trace) => {
    const { score: _, ...large } = trace.attempts['large'] ?? {};
    return { ...trace, attempts: { ...trace.attempts, large } };
  });
  const { frontier, result } = report(unscored);
  assert.equal(frontier.measures, 'risk');
  assert.equal(result.loss, undefined);
});
