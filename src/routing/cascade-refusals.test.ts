/** What a tier cannot have of a request is no failure; what fails is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attempt, AttemptFailure } from './attempt.ts';
import type { ConfidenceModel } from './confidence/confidence.ts';
import type { Policy } from './policy.ts';
import { failing, runScript, testPolicy, testTier, testView } from './testing.ts';

const model: ConfidenceModel = {
  format: 1,
  name: 'test',
  intercept: 0,
  features: [{ signal: 'meanLogprob', transform: 'logit-exp', centre: 0, scale: 1, weight: 1, missing: 0 }],
  requires: ['meanLogprob'],
  evidence: {},
};
const answer = (p: number): Partial<Attempt> => ({ signals: { meanLogprob: Math.log(p) } });
const refused = (more: Partial<AttemptFailure> = {}): Partial<Attempt> =>
  failing({ code: 'upstream_rejected', message: 'no tools', status: 400, blames: 'request', ...more });
const ill = failing({ blames: 'server' });
const full = failing({ code: 'overloaded', blames: 'load', retryAfterMs: 2_000 });
const policy = (closed: string[] = [], more: Partial<Policy> = {}): Policy => ({
  ...testPolicy(
    { kind: 'thresholds', thresholds: [0.8, 0.8], withoutConfidence: 'escalate' },
    ['small', 'medium', 'large'].map((name) =>
      testTier(name, closed.includes(name) ? { direct: false } : {}),
    ),
  ),
  ...more,
});

test('a tier that refuses the request is skipped: the decision is as if it had not been asked', async () => {
  const outcome = await runScript(policy(), model, [refused(), answer(0.9)]);
  assert.equal(outcome.decision, 'accepted');
  assert.deepEqual(
    outcome.judgements.map(({ tier, action }) => [tier, action]),
    [
      ['small', 'skip'],
      ['medium', 'accept'],
    ],
  );
  assert.equal(outcome.calls[1]?.afterFailure, false);
  const direct = await runScript(policy(), model, [refused(), refused(), answer(0.9)]);
  assert.equal(direct.decision, 'direct');
});

test('what is asked after a failure is so until a tier has answered, whoever refuses in between', async () => {
  const through = await runScript(policy(), model, [ill, refused(), answer(0.9)]);
  assert.deepEqual([through.decision, through.calls[2]?.afterFailure], ['fallback', true]);
  const answered = await runScript(policy(), model, [full, answer(0.2), answer(0.9)]);
  assert.deepEqual([answered.calls[1]?.afterFailure, answered.calls[2]?.afterFailure], [true, false]);
});

test('of what failed a client is told rather that a tier is ill than that another refuses', async () => {
  assert.equal((await runScript(policy(), model, [full, refused(), refused()])).failure?.code, 'overloaded');
  assert.equal((await runScript(policy(), model, [refused(), full, refused()])).failure?.code, 'overloaded');
  const { failure } = await runScript(policy(), model, [refused(), refused(), refused({ message: 'last' })]);
  assert.equal(failure?.message, 'last');
});

test('a tier that is known not to take the request is not asked', async () => {
  const view = testView({ cannot: { small: 'takes no tools (the operator says so)' } });
  const outcome = await runScript(policy(), model, [answer(0.9)], view);
  assert.deepEqual(
    outcome.calls.map(({ tier }) => tier),
    [1],
  );
  assert.match(outcome.judgements[0]?.reason ?? '', /^small takes no tools/);
});

test('a closed tier is not asked first by what the tiers before it cannot have', async () => {
  const view = testView({ cannot: { small: 'takes no tools', medium: 'takes no tools' } });
  const known = await runScript(policy(['large']), model, [], view);
  assert.deepEqual([known.failure?.code, known.calls.length], ['no_tier_allowed', 0]);
  const found = await runScript(policy(['large']), model, [refused(), refused()]);
  assert.deepEqual([found.failure?.code, found.calls.length], ['upstream_rejected', 2]);
  const between = await runScript(policy(['medium']), model, [refused(), answer(0.9)]);
  assert.deepEqual([between.calls[1]?.tier, between.decision], [2, 'direct']);
});

test('a closed tier is asked after an answer, after a failure, and where the rule begins with it', async () => {
  assert.equal(
    (await runScript(policy(['large']), model, [answer(0.2), refused(), answer(0.9)])).served?.tier,
    2,
  );
  assert.equal((await runScript(policy(['large']), model, [refused(), ill, answer(0.9)])).served?.tier, 2);
  const rule = { kind: 'last', objective: { maxQualityLoss: 0.02, certainty: 0.9 } };
  assert.equal((await runScript(policy(['large'], { rule }), model, [answer(0.9)])).served?.tier, 2);
});

test('where the last tier fails the best answer is served and marked, or the error where the route says so', async () => {
  const script = [answer(0.3), ill, full];
  const served = await runScript(policy(), model, script);
  assert.deepEqual([served.decision, served.served?.tier, served.unaccepted], ['fallback', 0, true]);
  const error = await runScript(policy([], { onLastTierFailure: 'error' }), model, script);
  assert.deepEqual([error.decision, error.served, error.failure?.code], ['failed', undefined, 'overloaded']);
});
