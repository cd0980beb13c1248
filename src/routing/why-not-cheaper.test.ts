import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Judgement } from './judgement.ts';
import { handMade, testPolicy, testView } from './testing.ts';
import { entryOf, whyNotCheaper } from './why-not-cheaper.ts';

const tiers = ['small', 'medium', 'large'];
const final: Judgement = {
  tier: 'large',
  callId: 1,
  action: 'accept',
  reason: 'large is the last tier: its answer is served.',
};

test('an answer that was there says what serving it was expected to lose and cost, and why it was not served', () => {
  const weighed: Judgement = {
    tier: 'small',
    callId: 0,
    action: 'escalate',
    gain: 0.12,
    actions: [
      { action: 'accept', expectedCostUsd: 0.009 },
      { action: 'ask medium', expectedCostUsd: 0.004, callCostUsd: 0.001 },
      { action: 'ask large', expectedCostUsd: 0.003, callCostUsd: 0.003 },
    ],
    reason: 'So large is asked.',
  };
  assert.deepEqual(whyNotCheaper({ tiers, judgements: [weighed, final], served: 'large' }), [
    {
      action: 'serve small',
      expectedCostUsd: 0.009,
      insteadUsd: 0.003,
      expectedLoss: 0.12,
      reason: 'So large is asked.',
    },
    {
      action: 'ask medium',
      callCostUsd: 0.001,
      expectedCostUsd: 0.004,
      insteadUsd: 0.003,
      reason:
        'Asking medium was expected to cost $0.00400 in all, lost quality included (its own call $0.00100), against $0.00300 otherwise.',
    },
  ]);
});

test('a tier that was weighed before anything was asked says what was expected of asking it', () => {
  const entry: Judgement = {
    tier: 'large',
    action: 'enter',
    actions: [
      { action: 'ask small', expectedCostUsd: 0.005, callCostUsd: 0.0001 },
      { action: 'ask large', expectedCostUsd: 0.003, callCostUsd: 0.003 },
    ],
    reason: 'Before anything is asked, large is the cheapest first tier.',
  };
  const [small] = whyNotCheaper({ tiers: ['small', 'large'], judgements: [entry, final], served: 'large' });
  assert.deepEqual(small, {
    action: 'ask small',
    callCostUsd: 0.0001,
    expectedCostUsd: 0.005,
    insteadUsd: 0.003,
    reason: entry.reason,
  });
});

test('a tier that could not be asked, or failed, says why; one of which nothing is known gives the reason of the answer', () => {
  const judgements: Judgement[] = [
    { tier: 'small', action: 'skip', reason: 'small is below the tier this request starts at' },
    { tier: 'medium', callId: 0, action: 'fail', reason: 'medium failed: it is away.' },
    final,
  ];
  assert.deepEqual(whyNotCheaper({ tiers, judgements, served: 'large' }), [
    { action: 'ask small', reason: 'small is below the tier this request starts at.' },
    { action: 'ask medium', reason: 'medium failed: it is away.' },
  ]);
  const waiting = { ...final, reason: 'large answers everything: no certified version is in force.' };
  assert.deepEqual(whyNotCheaper({ tiers: ['small', 'large'], judgements: [waiting], served: 'large' }), [
    { action: 'ask small', reason: waiting.reason },
  ]);
});

test('where the first tier served, or nothing was, nothing cheaper is to be told of', () => {
  assert.deepEqual(whyNotCheaper({ tiers, judgements: [], served: 'small' }), []);
  assert.deepEqual(whyNotCheaper({ tiers, judgements: [] }), []);
  assert.deepEqual(whyNotCheaper({ tiers, judgements: [], served: 'of a route that was changed' }), []);
});

test('an observed request says that, and what the policy would have expected before it asked anybody', () => {
  const { rule, model } = handMade({ tiers: { small: 1_000, large: 20_000 }, signal: 'p' });
  const policy = testPolicy(rule);
  const entry = entryOf(
    { ...policy, tiers: policy.tiers.filter(({ name }) => name !== 'medium') },
    model,
    testView(),
  );
  assert.ok(entry?.actions !== undefined, 'the rule weighs which tier to ask first');
  const [small] = whyNotCheaper({
    tiers: ['small', 'large'],
    judgements: [final],
    served: 'large',
    observed: { share: 0.05, entry },
  });
  assert.match(
    small?.reason ?? '',
    /^small was not asked before the answer: its policy decides 5 % of the conversations, and this is one of the others, which the last tier alone answers\. Asking small was expected to cost \$/,
  );
  assert.ok((small?.expectedCostUsd ?? 0) > 0);
  const [bare] = whyNotCheaper({
    tiers: ['small', 'large'],
    judgements: [final],
    served: 'large',
    observed: { share: 0 },
  });
  assert.equal(
    bare?.reason,
    'small was not asked before the answer: the route observes, so its last tier answers everything.',
  );
});
