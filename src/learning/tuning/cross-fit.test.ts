import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeAttempts, LADDER, makeTraces, policyTiers } from '../../../test/made-traces.ts';
import { versionSchema } from '../../routing/version.ts';
import { mean } from '../table/measure-rows.ts';
import { createLadderTable } from '../table/ladder-table.ts';
import { tune, type Tuned, type TuneOptions } from './tune.ts';

const PAIR = [LADDER[0], LADDER[2]].flatMap((tier) => tier ?? []);
const tiers = policyTiers(PAIR);
const traces = makeTraces({ seed: 41, rows: 900, tiers: PAIR, groups: ['a', 'b'] });
const LOSS = { maxQualityLoss: 0.06, certainty: 0.9 };

function tuned(more: Partial<TuneOptions> = {}, of = traces): Tuned {
  return tune(createLadderTable(of, tiers).table, {
    route: 'auto',
    tiers: tiers.map(({ name, model }) => ({ name, model })),
    objective: LOSS,
    seed: 7,
    source: { name: 'traces.jsonl', dates: ['2026-11-01'], scorer: 'exact match' },
    createdAt: '2026-11-24T12:00:00.000Z',
    fitShare: 0.45,
    testShare: 0,
    crossFit: true,
    ...more,
  });
}

test('every label is fitted on and tests, and the certificate says so in field and sentence', () => {
  const { version, draw, frontier, why } = tuned();
  const { certificate, rule, evidence, confidenceModel } = version ?? assert.fail(why);
  assert.ok(certificate !== undefined);
  assert.deepEqual([certificate.test, certificate.rows], ['cross-fitted pairs', 900]);
  assert.match(
    certificate.sentence,
    /at most 10 % of the time; each label was both fitted on and tested with \(5 folds\): this certainty holds in the limit of many labels, not exactly for few\. It promises nothing/,
  );
  assert.ok(certificate.pValue <= 0.1);
  assert.deepEqual([draw.fit.length, draw.certify.length, new Set(draw.certify).size], [900, 900, 900]);
  assert.equal(rule.place, rule.furthest);
  assert.equal(confidenceModel.evidence['fitRows'], 900);
  assert.deepEqual(
    [evidence['fitRows'], evidence['certifyRows'], frontier.on, frontier.questions],
    [900, 900, 'folds', 900],
  );
  assert.deepEqual(versionSchema.parse(JSON.parse(JSON.stringify(version))), version);
});

test('the policy in force is one that was fitted on all labels, at the price that was tested', () => {
  const { version, solved, frontier, draw } = tuned();
  const path = version?.rule.path ?? [];
  assert.deepEqual(path.at(-1), solved.parts.path[frontier.chosen - 1]);
  assert.deepEqual(solved.ladder.rows, draw.fit);
  const { losses } = solved.measure(draw.certify, frontier.chosen - 1);
  assert.ok(Math.abs(mean(losses) - Number(version?.evidence['loss'])) < 0.02, 'near what the folds lost');
});

test('without the option nothing changes', () => {
  const { version, frontier } = tuned({ crossFit: false });
  assert.deepEqual(
    [version?.certificate?.test, version?.certificate?.rows, frontier.on],
    ['exact', 495, 'certify'],
  );
  assert.doesNotMatch(version?.certificate?.sentence ?? '', /fold/);
});

test('rows kept for a report are neither fitted on nor test', () => {
  const { draw } = tuned({ testShare: 0.3 });
  assert.equal(draw.score.length, 270);
  assert.ok(new Set(draw.score).isDisjointFrom(new Set([...draw.fit, ...draw.certify])));
});

test('of questions that belong together one tests, and the certificate says so', () => {
  const talks = traces.map((trace, row) => ({ ...trace, cluster: `c${row % 450}` }));
  const { version, draw } = tuned({ objective: { maxQualityLoss: 0.15, certainty: 0.9 } }, talks);
  assert.deepEqual([draw.certify.length, draw.repeats.length], [450, 450]);
  assert.match(version?.certificate?.sentence ?? '', /450 rows, one of each prompt or conversation\]/);
  // The policy in force was fitted on every one of them.
  assert.equal(version?.evidence['lossOfEvery'], undefined);
});

test('graded scores are tested by the normal law, not by betting, whose bets would have seen the labels', () => {
  const graded = changeAttempts(traces, (attempt, tier) => ({
    ...attempt,
    score: tier === 'large' ? 0.75 : 0.74,
  }));
  assert.equal(tuned({}, graded).version?.certificate?.test, 'cross-fitted normal');
});

test('if nothing is certified the reason says so, with the number of labels needed', () => {
  const { version, why, furtherLabels } = tuned({ objective: { maxQualityLoss: 0.004, certainty: 0.99 } });
  assert.equal(version, undefined);
  assert.match(why ?? '', /^900 questions are too few to certify/);
  assert.ok(furtherLabels === undefined || furtherLabels > 0);
});

test('it is refused if it makes no sense, with the reason', () => {
  assert.throws(() => tuned({}, traces.slice(0, 399)), /^RangeError: 399 labelled questions.*at least 400/);
  for (const objective of [{ budgetUsdPerRequest: 1e-3 }, { valueOfGoodAnswerUsd: 0.01 }])
    assert.throws(() => tuned({ objective }), /--cross-fit.*promise of quality.*promises none/);
  const unscored = changeAttempts(traces, (attempt, tier) => {
    const { score: _, ...rest } = attempt;
    return tier === 'large' ? rest : attempt;
  });
  assert.throws(() => tuned({}, unscored), /No answer of large has a score.*--cross-fit cannot promise/);
});
