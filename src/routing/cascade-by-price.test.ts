import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attempt } from './attempt.ts';
import type { RequestView } from './setting.ts';
import type { ConfidenceModel } from './confidence/confidence.ts';
import type { Policy } from './policy.ts';
import type { Pooled } from './confidence/pooled.ts';
import type { PriceRule } from './rules/price-rule.ts';
import { failing, runScript, testPolicy, testTier, testView } from './testing.ts';

/**
 * A ladder whose numbers can be followed by hand: `g`, the log-odds that the last tier does better, is a signal of its own,
 * and whoever asks the paid signals learns another such number, `exactly`.
 */
const pooled = (...shared: number[]): Pooled => ({ shared, groups: {} });
const identity = (signal: string) => ({ signal, transform: 'identity', centre: 0, scale: 1 }) as const;
const state = (signal: string) => ({
  columns: [identity(signal)],
  requires: [signal],
  acceptable: pooled(0, -1),
  better: pooled(0, 1),
  worse: pooled(-40, 0),
});
const model: ConfidenceModel = {
  format: 1,
  name: 'by hand',
  intercept: 0,
  features: [],
  requires: [],
  tiers: {
    small: { answered: state('g'), paid: state('exactly') },
    medium: { answered: state('g') },
  },
  evidence: {},
};

const cost = (elsewhere: number) => ({ groups: {}, elsewhere });

/** λ is 1,000; small costs 10, medium 40, large 200, the paid signals 5. */
function rule(continuations: Record<string, Pooled> = {}, more: Partial<PriceRule> = {}): PriceRule {
  return {
    kind: 'price',
    objective: { valueOfGoodAnswerUsd: 1e-6 },
    noisePrice: 0,
    askCost: { small: cost(10), medium: cost(40), large: cost(200) },
    paidCost: { small: cost(5) },
    startColumns: [],
    path: [
      {
        priceOfQuality: 1_000,
        continuations: {
          'start>small': pooled(50),
          'start>medium': pooled(100),
          'small>medium': pooled(100, 0),
          'small+paid>medium': pooled(100, 0),
          ...continuations,
        },
      },
    ],
    place: 0,
    furthest: 0,
    ...more,
  };
}

/** What is known of an answer from which the last tier would gain so much. */
const gaining = (gain: number): Partial<Attempt> => ({
  paidSignals: ['pTrue'],
  signals: { g: Math.log(gain / (1 - gain)) },
});
const exactly = (gain: number): Partial<Attempt> => ({ signals: { exactly: Math.log(gain / (1 - gain)) } });
async function run(of: Policy, script: Partial<Attempt>[], request?: RequestView) {
  const sold = { paidSignals: ['exactly'] };
  const outcome = await runScript(
    of,
    model,
    Array.from({ length: 9 }, (_, call) => ({ ...sold, ...script[call] })),
    request,
  );
  const asked = outcome.calls.map(
    (call) => `${of.tiers[call.tier]?.name}${call.about === undefined ? '' : ` about ${call.about}`}`,
  );
  return { ...outcome, asked };
}

test('the first tier is the one that is expected to cost least in all', async () => {
  const first = await run(testPolicy(rule()), [gaining(0.01)]);
  assert.deepEqual([first.asked, first.decision], [['small'], 'accepted']);
  assert.match(first.reason, /^Before anything is asked, small is the cheapest first tier/);
  const middle = await run(testPolicy(rule({ 'start>small': pooled(500) })), [gaining(0.01)]);
  assert.deepEqual([middle.asked, middle.decision], [['medium'], 'accepted']);
  const last = await run(testPolicy(rule({ 'start>small': pooled(500), 'start>medium': pooled(500) })), [{}]);
  assert.deepEqual([last.asked, last.decision], [['large'], 'direct']);
  assert.equal(last.calls[0]?.live, true);
});

test('an answer is served where the loss it risks is worth less than any way on', async () => {
  // Serving costs 1,000 × gain; medium 140, large 200, without the paid signals.
  const cheap = rule({}, { paidCost: {} });
  assert.deepEqual((await run(testPolicy(cheap), [gaining(0.13)])).asked, ['small']);
  assert.deepEqual((await run(testPolicy(cheap), [gaining(0.15), gaining(0.01)])).asked, ['small', 'medium']);
});

test('a tier in between is skipped where what follows it is expected to cost more', async () => {
  const skipping = rule({ 'small>medium': pooled(180, 0) }, { paidCost: {} });
  const outcome = await run(testPolicy(skipping), [gaining(0.5)]);
  assert.deepEqual([outcome.asked, outcome.decision], [['small', 'large'], 'escalated']);
  assert.match(outcome.reason, /So large is asked/);
});

test('paid signals are bought where they are expected to pay, and then decide', async () => {
  const buying = rule({ 'small>paid': pooled(60, 0) });
  const kept = await run(testPolicy(buying), [gaining(0.3), exactly(0.01)]);
  assert.deepEqual([kept.asked, kept.decision], [['small', 'small about 0'], 'accepted']);
  assert.equal(kept.served?.callId, 0);
  assert.deepEqual(
    kept.judgements.map(({ action }) => action),
    ['enter', 'paid', 'accept'],
  );
  const sent = await run(testPolicy(buying), [gaining(0.3), exactly(0.6), gaining(0.01)]);
  assert.deepEqual(sent.asked, ['small', 'small about 0', 'medium']);
  assert.deepEqual(
    sent.calls.map(({ live }) => live),
    [false, false, false],
  );
  // Where the answer is good as it is nobody pays for a closer look.
  assert.deepEqual((await run(testPolicy(buying), [gaining(0.02)])).asked, ['small']);
});

test('an answer whose paid signals nobody can ask for is decided without them', async () => {
  const buying = rule({ 'small>paid': pooled(60, 0) });
  const outcome = await run(testPolicy(buying), [{ ...gaining(0.3), paidSignals: [] }, gaining(0.01)]);
  assert.deepEqual(outcome.asked, ['small', 'medium']);
});

test('paid signals that could not be had are not tried again, and the decision falls without them', async () => {
  const buying = rule({ 'small>paid': pooled(60, 0) });
  const outcome = await run(testPolicy(buying), [gaining(0.13), failing()]);
  assert.deepEqual([outcome.asked, outcome.decision], [['small', 'small about 0'], 'accepted']);
  assert.match(outcome.reason, /paid signals of small's answer could not be had: it broke\./);
  // No tier failed, so asking on is not an escalation that a failure caused.
  const on = await run(testPolicy(buying), [gaining(0.5), failing(), gaining(0.01)]);
  assert.deepEqual(
    on.calls.map(({ afterFailure }) => afterFailure),
    [false, false, false],
  );
  assert.equal(on.decision, 'escalated');
});

test('after a tier failed what is left is weighed anew: the answer before it may now be the best way', async () => {
  const plain = rule({}, { paidCost: {} });
  const kept = await run(testPolicy(plain), [gaining(0.15), failing()]);
  assert.deepEqual([kept.asked, kept.decision, kept.served?.tier], [['small', 'medium'], 'fallback', 0]);
  const on = await run(testPolicy(plain), [gaining(0.6), failing(), {}]);
  assert.deepEqual([on.asked, on.served?.tier], [['small', 'medium', 'large'], 2]);
  assert.equal(on.calls[2]?.afterFailure, true);
  const first = await run(testPolicy(plain), [failing(), gaining(0.01)]);
  assert.deepEqual([first.asked, first.decision], [['small', 'medium'], 'fallback']);
});

test('an answer that fails a check is never accepted, however good it looks', async () => {
  const plain = rule({}, { paidCost: {} });
  const outcome = await run(testPolicy(plain), [
    { ...gaining(0.0001), vetoes: ['truncated'] },
    gaining(0.01),
  ]);
  assert.deepEqual(outcome.asked, ['small', 'medium']);
  assert.match(
    outcome.reason,
    /small fails a check \(truncated\), so it is not served; the cheapest alternative is to ask medium/,
  );
});

test('an answer whose signals did not come sends the request to the last tier', async () => {
  const outcome = await run(testPolicy(rule()), [{ signals: {} }]);
  assert.deepEqual(outcome.asked, ['small', 'large']);
  assert.match(
    outcome.reason,
    /Signals that the confidence in small's answer needs did not come, so large is asked/,
  );
});

test('the last tier that a request may use is weighed against the one that it may not', async () => {
  const plain = testPolicy(rule({}, { paidCost: {} }));
  const view = testView({ maxTier: 1 });
  const short = await run(plain, [gaining(0.9), gaining(0.9)], view);
  assert.deepEqual(short.asked, ['small', 'medium']);
  assert.deepEqual([short.decision, short.served?.tier], ['abstained', 1]);
  assert.match(
    short.reason,
    /^.*So large is asked: .*But this request may not use large, nor any other later tier\. The best answer there is, is served, marked as abstained\.$/,
  );
  const good = await run(plain, [gaining(0.9), gaining(0.01)], view);
  assert.deepEqual([good.decision, good.served?.tier], ['escalated', 1]);
  const unheard = await run(testPolicy(rule()), [{ signals: {} }, {}], testView({ maxTier: 1 }));
  assert.deepEqual(unheard.asked, ['small', 'medium'], 'without signals the last open tier is asked');
  assert.equal(unheard.decision, 'abstained');
});

test('a request that starts higher never asks below', async () => {
  assert.deepEqual((await run(testPolicy(rule()), [gaining(0.01)], testView({ minTier: 1 }))).asked, [
    'medium',
  ]);
  const only = await run(testPolicy(rule()), [{}], testView({ minTier: 2 }));
  assert.deepEqual([only.asked, only.decision], [['large'], 'direct']);
});

test('data that may not leave the house is decided among the tiers that are in it', async () => {
  const tiers = [testTier('small'), testTier('medium'), testTier('large', { location: 'cloud' })];
  const outcome = await run(
    testPolicy(rule({}, { paidCost: {} }), tiers),
    [gaining(0.9), gaining(0.9)],
    testView({ dataClass: 'restricted' }),
  );
  assert.deepEqual(outcome.asked, ['small', 'medium']);
  assert.equal(outcome.served?.tier, 1);
});

test('the last tier’s answer is served though it fails a check, or the one before where that fails none', async () => {
  const plain = testPolicy(rule({}, { paidCost: {} }));
  const bad: Partial<Attempt> = { vetoes: ['truncated', 'refusal'] };
  const held = await run(plain, [gaining(0.9), gaining(0.9), bad]);
  assert.deepEqual([held.decision, held.served?.tier], ['abstained', 1]);
  assert.equal(
    held.reason,
    "The best answer is served although the last tier's fails a check (truncated, refusal), and no earlier one was accepted.",
  );
  const worse = await run(plain, [{ ...gaining(0.9), ...bad }, { ...gaining(0.9), ...bad }, bad]);
  assert.deepEqual([worse.decision, worse.served?.tier], ['abstained', 2]);
  assert.match(
    worse.reason,
    /although no tier's answer passed the checks \(the last one: truncated, refusal\)/,
  );
});

test('between two points of the path the request’s own coin decides, and a position of its own comes before', async () => {
  const [near = assert.fail()] = rule().path;
  const path = [near, { ...near, priceOfQuality: 10 }];
  const mixed = testPolicy(rule({}, { path, place: 0.3, furthest: 1, paidCost: {} }));
  const asked = async (more: Partial<RequestView>): Promise<string[]> =>
    (await run(mixed, [gaining(0.9), gaining(0.9), {}], testView(more))).asked;
  assert.deepEqual(await asked({ u: 0.29 }), ['small']);
  assert.deepEqual(await asked({ u: 0.31 }), ['small', 'medium', 'large']);
  assert.deepEqual(await asked({ u: 0.31, position: 1 }), ['small']);
  const held = testPolicy(rule({}, { path, place: 0, furthest: 0, paidCost: {} }));
  assert.deepEqual(
    (await run(held, [gaining(0.9), gaining(0.9), {}], testView({ position: 1 }))).asked.length,
    3,
  );
});

test('every judgement shows what could be done and what it was expected to cost', async () => {
  const { judgements } = await run(testPolicy(rule({}, { paidCost: {} })), [gaining(0.1)]);
  assert.deepEqual(judgements[0]?.actions, [
    { action: 'ask small', expectedCostUsd: 60 / 1e9, callCostUsd: 10 / 1e9 },
    { action: 'ask medium', expectedCostUsd: 140 / 1e9, callCostUsd: 40 / 1e9 },
    { action: 'ask large', expectedCostUsd: 200 / 1e9, callCostUsd: 200 / 1e9 },
  ]);
  assert.deepEqual(
    judgements[1]?.actions?.map(({ action }) => action),
    ['accept', 'ask medium', 'ask large'],
  );
  assert.ok(Math.abs((judgements[1]?.gain ?? 0) - 0.1) < 1e-9);
  assert.ok(Math.abs((judgements[1]?.confidence ?? 0) - 0.9) < 1e-9);
});

test('where one tier alone may be asked nothing is weighed, and no choice is told of', async () => {
  const outcome = await run(testPolicy(rule()), [{}], testView({ minTier: 2 }));
  assert.deepEqual([outcome.asked, outcome.decision], [['large'], 'direct']);
  assert.deepEqual(
    outcome.judgements.map(({ action }) => action),
    ['skip', 'skip', 'accept'],
  );
});
