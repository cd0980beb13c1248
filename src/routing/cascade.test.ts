import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { between } from '../../test/numbers.ts';
import type { Attempt } from './attempt.ts';
import { cascade } from './cascade.ts';
import type { RequestView } from './setting.ts';
import type { ConfidenceModel } from './confidence/confidence.ts';
import type { Policy, RuleData } from './policy.ts';
import { attemptOf, failing, runScript, testPolicy, testTier, testView } from './testing.ts';
import { tierObstacle } from './tier-obstacle.ts';

const model: ConfidenceModel = {
  format: 1,
  name: 'test',
  intercept: 0,
  features: [{ signal: 'meanLogprob', transform: 'logit-exp', centre: 0, scale: 1, weight: 1, missing: 0 }],
  requires: ['meanLogprob'],
  evidence: {},
};

const thresholds = (...values: number[]): RuleData => ({
  kind: 'thresholds',
  thresholds: values,
  withoutConfidence: 'escalate',
});

/** An answer whose confidence is `p` under the test's model. */
function answers(p: number | undefined, more: Partial<Attempt> = {}): Partial<Attempt> {
  return { signals: p === undefined ? {} : { meanLogprob: Math.log(p) }, ...more };
}
const run = (rules: Policy, script: Partial<Attempt>[], request?: RequestView) =>
  runScript(rules, model, script, request);

test('a confident answer of the first tier is accepted', async () => {
  const outcome = await run(testPolicy(thresholds(0.8, 0.8)), [answers(0.9)]);
  assert.equal(outcome.decision, 'accepted');
  assert.equal(outcome.served?.tier, 0);
  assert.equal(outcome.reason, "Confidence 0.900 in small's answer reaches the threshold 0.800.");
  assert.equal(outcome.calls[0]?.live, false);
});

test('a doubtful one goes on, tier by tier, and the last is served live', async () => {
  const outcome = await run(testPolicy(thresholds(0.8, 0.8)), [answers(0.7), answers(0.79), answers(0.1)]);
  assert.equal(outcome.decision, 'escalated');
  assert.equal(outcome.served?.tier, 2);
  assert.deepEqual(
    outcome.calls.map((call) => call.live),
    [false, false, true],
  );
});

test('an unknown confidence follows the rule of the route', async () => {
  const accepting: RuleData = { kind: 'thresholds', thresholds: [0.8, 0.8], withoutConfidence: 'accept' };
  assert.equal((await run(testPolicy(accepting), [answers(undefined)])).decision, 'accepted');
  assert.equal(
    (await run(testPolicy(thresholds(0.8, 0.8)), [answers(undefined), answers(0.9)])).decision,
    'escalated',
  );
});

test('a veto escalates whatever the confidence', async () => {
  const outcome = await run(testPolicy(thresholds(0.1, 0.1)), [
    answers(0.999, { vetoes: ['empty'] }),
    answers(0.9),
  ]);
  assert.equal(outcome.served?.tier, 1);
});

test('a quality promise without a certificate asks the last tier at once, and says why', async () => {
  const outcome = await run(
    testPolicy({ kind: 'last', objective: { maxQualityLoss: 0.02, certainty: 0.9 } }),
    [answers(0.9)],
  );
  assert.equal(outcome.decision, 'direct');
  assert.equal(outcome.calls.length, 1);
  assert.match(outcome.reason, /no certified version/);
});

test('a prompt too long for a tier skips it, with the reason', async () => {
  const tiers = [testTier('small', { contextTokens: 100 }), testTier('medium'), testTier('large')];
  const outcome = await run(
    testPolicy(thresholds(0.8, 0.8), tiers),
    [answers(0.9)],
    testView({ inputTokens: 200 }),
  );
  assert.equal(outcome.served?.tier, 1);
  assert.match(
    outcome.judgements[0]?.reason ?? '',
    /context of 100 tokens, and this request needs about 200/,
  );
});

test('a prompt too long for every tier is the client’s error', async () => {
  const tiers = [testTier('small', { contextTokens: 100 })];
  const outcome = await run(testPolicy(thresholds(), tiers), [], testView({ inputTokens: 200, maxTier: 0 }));
  assert.equal(outcome.failure?.code, 'context_length_exceeded');
  assert.equal(outcome.calls.length, 0);
});

test('a tier’s own longest answer decides whether the context is enough, while a later tier can be asked', () => {
  const asking = { params: {}, dropParams: [], maxOutputTokens: 20 };
  const own = testTier('small', { contextTokens: 100, asking });
  const view = testView({ inputTokens: 50, maxOutputTokens: 4000 });
  const ladder = testPolicy({ kind: 'thresholds', thresholds: [0], withoutConfidence: 'accept' }, [
    own,
    testTier('large'),
  ]);
  assert.equal(tierObstacle(ladder, view, 0), undefined);
  assert.match(tierObstacle(ladder, { ...view, maxTier: 0 }, 0) ?? '', /needs about 4050/);
  assert.match(tierObstacle(ladder, { ...view, inputTokens: 90 }, 0) ?? '', /needs about 110/);
});

test('data of a class, named by a rule or not, never goes to the cloud', async () => {
  const tiers = [testTier('small'), testTier('large', { location: 'cloud' })];
  for (const data of [{ restricted: 'on-premises' as const }, {}]) {
    const rules = { ...testPolicy(thresholds(0.8), tiers), data };
    const outcome = await run(rules, [answers(0.1)], testView({ dataClass: 'restricted', maxTier: 1 }));
    assert.deepEqual([outcome.decision, outcome.served?.tier], ['abstained', 0]);
    assert.equal(outcome.calls[0]?.live, true);
  }
});

test('a failing tier escalates, and says that a failure did', async () => {
  const outcome = await run(testPolicy(thresholds(0.8, 0.8)), [failing(), answers(0.9)]);
  assert.equal(outcome.decision, 'fallback');
  assert.equal(outcome.calls[1]?.afterFailure, true);
});

test('a failing last tier falls back to the best answer already there', async () => {
  const outcome = await run(testPolicy(thresholds(0.8, 0.8)), [
    answers(0.3),
    answers(0.4, { vetoes: ['empty'] }),
    failing(),
  ]);
  assert.equal(outcome.decision, 'fallback');
  assert.equal(outcome.served?.tier, 0);
});

test('where every tier fails, the last failure is the outcome', async () => {
  const outcome = await run(testPolicy(thresholds(0.8, 0.8)), [
    failing(),
    failing(),
    failing({ code: 'upstream_timeout' }),
  ]);
  assert.equal(outcome.decision, 'failed');
  assert.equal(outcome.failure?.code, 'upstream_timeout');
});

test('after a final failure, or once text was shown, nobody else is asked', async () => {
  const final = await run(testPolicy(thresholds(0.8, 0.8)), [failing({ final: true })]);
  assert.equal(final.calls.length, 1);
  const shown = await run(testPolicy(thresholds(0.8, 0.8)), [
    answers(0.1),
    answers(0.1),
    { ...failing(), shown: true },
  ]);
  assert.equal(shown.decision, 'failed');
  assert.equal(shown.served, undefined);
});

test('where no answer passes the checks the best is served, marked, or it is an error', async () => {
  const bad = answers(0.9, { vetoes: ['truncated'] });
  const serving = await run(testPolicy(thresholds(0.8, 0.8)), [bad, bad, bad]);
  assert.equal(serving.decision, 'abstained');
  assert.equal(serving.served?.tier, 2);
  const held = await run(testPolicy(thresholds(0.8, 0.8)), [answers(0.5), bad, bad]);
  assert.equal(held.served?.tier, 0);
  assert.match(
    held.judgements.at(-1)?.reason ?? '',
    /is the last tier: its answer fails a check \(truncated\)\.$/,
  );
  const refusing = await run({ ...testPolicy(thresholds(0.8, 0.8)), onAbstain: 'error' }, [bad, bad, bad]);
  assert.equal(refusing.failure?.status, 422);
});

test('the heuristic rules are those of the original project', async () => {
  const rules = testPolicy({ kind: 'heuristic', version: 'v1' });
  const good = { signals: { answerWords: 8, meanEntropy: 1.5, meanLogprob: -0.6 } };
  assert.equal((await run(rules, [good])).decision, 'accepted');
  for (const worse of [{ answerWords: 9 }, { meanEntropy: 1.51 }, { meanLogprob: -0.61 }]) {
    assert.equal(
      (await run(rules, [{ signals: { ...good.signals, ...worse } }, good])).decision,
      'escalated',
    );
  }
});

test('what keeps a request from a tier makes no answer good enough: what falls short is marked, or an error', async () => {
  const cloud = [testTier('small'), testTier('large', { location: 'cloud' })];
  const tooSmall = [testTier('small'), testTier('large', { contextTokens: 100 })];
  const two = [testTier('small'), testTier('large')];
  const cases: [string, Policy['tiers'], Partial<RequestView>][] = [
    ['its headers', two, { maxTier: 0 }],
    ['its data class', cloud, { dataClass: 'restricted' }],
    ['its length', tooSmall, { inputTokens: 200 }],
  ];
  for (const [what, tiers, narrowed] of cases) {
    const policy = testPolicy(thresholds(0.8), [...tiers]);
    const view = testView(narrowed);
    const good = await run(policy, [answers(0.9)], view);
    assert.deepEqual([good.decision, good.served?.tier], ['accepted', 0], what);
    const short = await run(policy, [answers(0.7)], view);
    assert.deepEqual([short.decision, short.served?.tier, short.calls.length], ['abstained', 0, 1], what);
    assert.equal(short.judgements.at(-1)?.action, 'abstain', what);
    assert.match(short.reason, /under the threshold 0\.800.* may not use large/, what);
    assert.deepEqual([short.calls[0]?.live, short.calls[0]?.weighed], [true, true], what);
    const refused = await run({ ...policy, onAbstain: 'error' }, [answers(0.7)], view);
    assert.deepEqual([refused.failure?.status, refused.served], [422, undefined], what);
    const vetoed = await run(policy, [answers(0.9, { vetoes: ['refusal'] })], view);
    assert.equal(vetoed.decision, 'abstained', what);
    const awaiting = { kind: 'last', objective: { maxQualityLoss: 0.02, certainty: 0.9 } };
    assert.equal(
      (await run({ ...policy, rule: awaiting }, [answers(0.99)], view)).decision,
      'abstained',
      what,
    );
    assert.equal((await run({ ...policy, rule: awaiting }, [answers(0.99)])).calls[0]?.weighed, undefined);
  }
});

test('a tier in between that a request may not use is passed over, and makes no earlier answer good enough', async () => {
  const tiers = [testTier('small'), testTier('medium', { contextTokens: 100 }), testTier('large')];
  const outcome = await run(
    testPolicy(thresholds(0.8, 0.8), tiers),
    [answers(0.7), answers(0.1)],
    testView({ inputTokens: 200 }),
  );
  assert.deepEqual([outcome.decision, outcome.served?.tier], ['escalated', 2]);
  assert.match(outcome.reason, /But this request may not use medium, so large is asked instead\./);
});

test('any script ends, asks each tier once in rising order, and serves only what was asked', () => {
  const anyAttempt = fc.oneof(
    between(0.01, 0.99).map((p) => answers(p)),
    fc.constantFrom<Partial<Attempt>>(answers(undefined), answers(0.9, { vetoes: ['empty'] }), failing()),
  );
  fc.assert(
    fc.property(
      fc.array(anyAttempt, { minLength: 6, maxLength: 6 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: 0, max: 5 }),
      (script, count, minTier, maxTier) => {
        const tiers = Array.from({ length: count }, (_, index) => testTier(`t${index}`));
        const walk = cascade(
          testPolicy(thresholds(...tiers.slice(1).map(() => 0.5)), tiers),
          model,
          testView({ minTier, maxTier }),
        );
        const asked: number[] = [];
        let step = walk.next();
        while (step.done !== true) {
          asked.push(step.value.call.tier);
          step = walk.next({
            kind: 'attempt',
            attempt: attemptOf(step.value.call, script[step.value.call.tier]),
          });
        }
        assert.deepEqual(
          asked,
          [...new Set(asked)].toSorted((a, b) => a - b),
        );
        assert.ok(asked.every((index) => index >= minTier && index <= maxTier));
        const { served, failure, reason, decision } = step.value;
        // No header loosens the policy: what it accepts passes as it would without the header.
        if (
          (decision === 'accepted' || decision === 'escalated') &&
          served !== undefined &&
          served.tier < count - 1
        ) {
          const { meanLogprob } = served.signals;
          assert.deepEqual(served.vetoes, []);
          assert.ok(meanLogprob !== undefined && Math.exp(meanLogprob) >= 0.5 - 1e-9);
        }
        assert.ok(served === undefined ? failure !== undefined : asked.includes(served.tier));
        assert.notEqual(reason, '');
      },
    ),
    { seed: 3, numRuns: 500 },
  );
});

test('an answer that could not be judged goes on to the next tier, and is served where there is none', async () => {
  const unjudged = answers(0.99, { vetoes: ['schema_not_judged'], schemaNotJudged: ['late'] });
  for (const onAbstain of ['serve', 'error'] as const) {
    const policy = { ...testPolicy(thresholds(0.8, 0.8)), onAbstain };
    const passed = await run(policy, [unjudged, answers(0.9)]);
    assert.deepEqual([passed.decision, passed.served?.tier], ['escalated', 1]);
    assert.match(passed.reason, /^The answer of small could not be judged by the client's schema/);
    const served = await run(policy, [answers(0.7), unjudged, unjudged]);
    assert.deepEqual([served.decision, served.served?.tier], ['escalated', 2]);
    assert.deepEqual(served.judgements.at(-1)?.schemaNotJudged, ['late']);
    // What fails a check besides is not excused.
    const both = answers(0.99, { vetoes: ['truncated', 'schema_not_judged'] });
    assert.equal((await run(policy, [answers(0.7), answers(0.7), both])).decision, 'abstained');
  }
});
