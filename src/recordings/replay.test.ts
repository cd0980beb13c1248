import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { between } from '../../test/numbers.ts';
import { drive } from '../routing/drive.ts';
import type { Policy, RuleData } from '../routing/policy.ts';
import { priorModel } from '../routing/confidence/prior.ts';
import type { Trace, TraceAttempt } from '../traces/trace.ts';
import { replay, replayOne } from './replay.ts';
import { answerView, requestView, toAttempt } from './replay-attempt.ts';
import { beginChecks } from '../routing/checks/checks.ts';

const tier = (name: string, price?: number) => ({
  name,
  model: `${name}-model`,
  upstream: 'u',
  location: 'on-premises' as const,
  ...(price === undefined ? {} : { price: { input: price, output: price } }),
});

function policy(rule: RuleData, tiers = [tier('small', 10), tier('medium', 40), tier('large', 100)]): Policy {
  return { route: 'auto', tiers, rule, onAbstain: 'serve', data: {}, certified: false };
}

const thresholds = (...values: number[]): RuleData => ({
  kind: 'thresholds',
  thresholds: values,
  withoutConfidence: 'escalate',
});

/** An answer of one token whose probability is `p`. */
function answered(answer: string, p: number, score: number, more: Partial<TraceAttempt> = {}): TraceAttempt {
  const tokens = [
    {
      t: answer,
      lp: Math.log(p),
      top: [
        [answer, Math.log(p)],
        ['?', Math.log((1 - p) / 2)],
      ] as [string, number][],
    },
  ];
  return { answer, score, inputTokens: 10, outputTokens: 1, finish: 'stop', tokens, ...more };
}

const question = (id: string, attempts: Record<string, TraceAttempt>): Trace => ({
  id,
  group: 'g',
  prompt: '?',
  attempts,
});

const sure = question('sure', {
  small: answered('4', 0.9999, 1),
  medium: answered('4', 0.9999, 1),
  large: answered('4', 0.9999, 1),
});
const unsure = question('unsure', {
  small: answered('5', 0.2, 0),
  medium: answered('5', 0.2, 0),
  large: answered('4', 0.9999, 1),
});
const askingNothing = () => undefined;

test('a sure answer is accepted, an unsure one is escalated, and the figures add up', () => {
  const report = replay(policy(thresholds(0.5, 0.5)), [sure, unsure], askingNothing);
  assert.equal(report.questions, 2);
  assert.equal(report.acceptedShare, 0.5);
  assert.equal(report.escalationRate, 0.5);
  assert.deepEqual(report.servedBy, { small: 0.5, medium: 0, large: 0.5 });
  assert.equal(report.score, 1);
  assert.equal(report.qualityLoss, 0);
  const spent = 11 * 10 + 11 * (10 + 40 + 100);
  assert.equal(report.costUsd, spent / 1e9);
  assert.equal(report.relativeCost, spent / (2 * 11 * 100));
});

test('a policy that asks the last tier alone costs and scores exactly what the last tier does', () => {
  const report = replay(
    policy({ kind: 'last', objective: { maxQualityLoss: 0.02, certainty: 0.9 } }),
    [sure, unsure],
    askingNothing,
  );
  assert.deepEqual([report.relativeCost, report.qualityLoss, report.escalationRate], [1, 0, 0]);
  assert.equal(report.decisions.direct, 2);
});

test('questions that lack an answer of some tier are left out, and counted', () => {
  const some = { ...sure.attempts };
  delete some['large'];
  const report = replay(policy(thresholds(0.5, 0.5)), [question('half', some), unsure], askingNothing);
  assert.deepEqual([report.questions, report.leftOut], [1, 1]);
});

test('without prices the recorded costs count; with neither, no cost is shown', () => {
  const tiers = [tier('small'), tier('large')];
  const priced = question('p', {
    small: answered('4', 0.2, 0, { costUsd: 1e-6 }),
    large: answered('4', 0.9, 1, { costUsd: 4e-6 }),
  });
  assert.equal(replay(policy(thresholds(0.5), tiers), [priced], askingNothing).relativeCost, 1.25);
  const unpriced = question('u', { small: answered('4', 0.2, 0), large: answered('4', 0.9, 1) });
  const report = replay(policy(thresholds(0.5), tiers), [priced, unpriced], askingNothing);
  assert.equal(report.costUsd, undefined);
  assert.equal(report.relativeCost, undefined);
});

test('without scores no score is shown', () => {
  const unscored = answered('4', 0.9, 1);
  delete unscored.score;
  const report = replay(
    policy(thresholds(), [tier('large', 1)]),
    [question('q', { large: unscored })],
    askingNothing,
  );
  assert.deepEqual([report.scored, report.score, report.qualityLoss], [0, undefined, undefined]);
});

test('a recorded answer that was cut off is vetoed as a live one is', () => {
  const cut = question('cut', {
    small: answered('4', 0.9999, 1, { finish: 'length' }),
    large: answered('4', 0.99, 1),
  });
  const { outcome } = replayOne(policy(thresholds(0), [tier('small', 1), tier('large', 2)]), priorModel, cut);
  assert.equal(outcome.decision, 'escalated');
  assert.deepEqual(outcome.judgements[0]?.vetoes, ['truncated']);
});

test('what the question asks of the answer is checked', () => {
  const text = question('json', { small: answered('four', 0.9999, 1), large: answered('{"n":4}', 0.99, 1) });
  const rule = policy(thresholds(0), [tier('small', 1), tier('large', 2)]);
  assert.equal(
    replayOne(rule, priorModel, text, (answer) => beginChecks(answerView(answer), { json: 'object' }).found)
      .outcome.decision,
    'escalated',
  );
  assert.equal(replayOne(rule, priorModel, text).outcome.decision, 'accepted');
});

test('replay and the driver of live traffic come to the same outcome, whatever the answers and the rule', async () => {
  const probability = between(0.001, 0.9999);
  const attempt = fc.record({
    p: probability,
    finish: fc.constantFrom('stop', 'length'),
    scored: fc.boolean(),
  });
  const rule = fc.oneof(
    fc.tuple(probability, probability).map(([a, b]) => thresholds(a, b)),
    fc.constantFrom('v1', 'v2', 'v3').map((version): RuleData => ({ kind: 'heuristic', version })),
    fc.constant<RuleData>({ kind: 'last', objective: { maxQualityLoss: 0.1, certainty: 0.9 } }),
  );
  await fc.assert(
    fc.asyncProperty(fc.tuple(attempt, attempt, attempt), rule, async (answers, chosen) => {
      const names = ['small', 'medium', 'large'];
      const attempts = answers.map(({ p, finish, scored }, index) => {
        const { tokens, ...plain } = answered(String(index), p, 1, { finish });
        return [names[index] ?? '', scored && tokens !== undefined ? { ...plain, tokens } : plain] as const;
      });
      const trace = question('q', Object.fromEntries(attempts));
      const asked = policy(chosen);
      const live = await drive(
        asked,
        priorModel,
        requestView(trace, asked),
        async ({ callId, tier: index }) => {
          const configured = asked.tiers[index];
          assert.ok(configured !== undefined);
          return { ...toAttempt(trace.attempts[configured.name] ?? {}, configured, index), callId };
        },
      );
      assert.deepEqual(replayOne(asked, priorModel, trace).outcome, live);
    }),
    { numRuns: 300 },
  );
});
