import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attempt } from './attempt.ts';
import type { RequestView } from './setting.ts';
import type { ConfidenceModel } from './confidence/confidence.ts';
import type { Policy } from './policy.ts';
import type { PriceRule } from './rules/price-rule.ts';
import {
  failing,
  handMade,
  runScript,
  testPolicy,
  testTier,
  testView,
  type HandMadeOptions,
} from './testing.ts';

/** The large model costs a fifth of what a good answer is worth, paid signals a hundredth. */
const solved = (more: Partial<HandMadeOptions> = {}) =>
  handMade({
    tiers: { small: 1_000, large: 200_000 },
    signal: 'p',
    paid: { small: 10_000 },
    prices: [1_000_000],
    ...more,
  });

const policyOf = (rule: PriceRule): Policy =>
  testPolicy(
    rule,
    Object.keys(rule.askCost).map((name) => testTier(name, { location: 'cloud' })),
  );

const run = (
  { rule, model }: { rule: PriceRule; model: ConfidenceModel },
  script: Partial<Attempt>[],
  more: Partial<RequestView> = {},
) => {
  const policy = policyOf(rule);
  return runScript(policy, model, script, testView({ maxTier: policy.tiers.length - 1, ...more }));
};

const doubtful: Partial<Attempt> = { signals: { p: 0.7 }, paidSignals: ['pTrue'] };

test('paid signals are bought where they are expected to pay, and decide', async () => {
  const [served, sentOn] = await Promise.all(
    [0.99, 0.2].map((pTrue) => run(solved(), [doubtful, { signals: { pTrue } }])),
  );
  assert.deepEqual(
    served?.calls.map(({ tier, about }) => [tier, about]),
    [
      [0, undefined],
      [0, 0],
    ],
  );
  assert.equal(served?.decision, 'accepted');
  assert.equal(served?.served?.callId, 0);
  assert.deepEqual(
    served?.judgements.map(({ action }) => action),
    ['enter', 'paid', 'accept'],
  );
  assert.equal(sentOn?.decision, 'escalated');
  assert.deepEqual(
    sentOn?.calls.map(({ tier, about, live, afterFailure }) => [tier, about, live, afterFailure]),
    [
      [0, undefined, false, false],
      [0, 0, false, false],
      [1, undefined, true, false],
    ],
  );
});

test('the judgement after them has the confidence that they make', async () => {
  const { judgements } = await run(solved(), [doubtful, { signals: { pTrue: 0.9 } }]);
  const [before, after] = judgements.filter(({ callId }) => callId === 0);
  assert.ok(Math.abs((before?.confidence ?? 0) - 0.7) < 1e-9);
  // Odds multiply: 7 to 3 and 9 to 1.
  assert.ok(Math.abs((after?.confidence ?? 0) - 63 / 66) < 1e-9);
  assert.deepEqual(
    after?.contributions?.map(({ signal }) => signal),
    ['p', 'pTrue'],
  );
  assert.deepEqual(
    before?.actions?.map(({ action }) => action),
    ['accept', 'buy the paid signals', 'ask large'],
  );
  assert.deepEqual(
    after?.actions?.map(({ action }) => action),
    ['accept', 'ask large'],
  );
});

test('where they are dear, or the answer is sure, nothing is bought', async () => {
  const dear = await run(solved({ paid: { small: 190_000 } }), [doubtful]);
  assert.deepEqual(
    dear.calls.map(({ tier }) => tier),
    [0, 1],
  );
  const sure = await run(solved(), [{ ...doubtful, signals: { p: 0.99 } }]);
  assert.equal(sure.calls.length, 1);
});

test('what cannot be had of this answer is not thought of', async () => {
  for (const paidSignals of [undefined, []]) {
    const attempt = { ...doubtful, ...(paidSignals === undefined ? {} : { paidSignals }) };
    if (paidSignals === undefined) delete attempt.paidSignals;
    const { calls, judgements } = await run(solved(), [attempt]);
    assert.deepEqual(
      calls.map(({ about }) => about),
      [undefined, undefined],
    );
    assert.ok(
      judgements.every(({ actions = [] }) => actions.every(({ action }) => !action.startsWith('buy'))),
    );
  }
});

test('where they cannot be had the decision is made without them, and is no fallback', async () => {
  const served = await run(solved({ tiers: { small: 1_000, large: 350_000 } }), [doubtful, failing()]);
  assert.deepEqual([served.decision, served.served?.callId, served.calls.length], ['accepted', 0, 2]);
  assert.match(served.reason, /The paid signals of small's answer could not be had: it broke/);
  assert.equal(served.judgements.find(({ action }) => action === 'fail')?.callId, 1);

  const sentOn = await run(solved(), [doubtful, failing()]);
  assert.equal(sentOn.decision, 'escalated');
  assert.deepEqual(
    sentOn.calls.map(({ afterFailure }) => afterFailure),
    [false, false, false],
  );
});

test('they are tried once an answer', async () => {
  const three = solved({
    tiers: { small: 1_000, medium: 20_000, large: 200_000 },
    paid: { small: 10_000, medium: 10_000 },
  });
  const { calls } = await run(three, [doubtful, failing(), doubtful, failing()]);
  assert.deepEqual(
    calls.map(({ tier, about }) => [tier, about]),
    [
      [0, undefined],
      [0, 0],
      [1, undefined],
      [1, 2],
      [2, undefined],
    ],
  );
});

test('a paid signal that ends the request ends it', async () => {
  const gone = { failure: { code: 'client_closed_request', message: 'gone', status: 499, final: true } };
  const { decision, calls } = await run(solved(), [doubtful, gone]);
  assert.deepEqual([decision, calls.length], ['failed', 2]);
});

test('a budget moves the position on the path, and no position is beyond the furthest', async () => {
  const path = { prices: [1_000_000, 1], paid: {} };
  const decided = async (position: number | undefined, furthest: number): Promise<string> => {
    const { decision } = await run(
      solved({ ...path, furthest }),
      [doubtful],
      position === undefined ? {} : { position },
    );
    return decision;
  };
  assert.equal(await decided(undefined, 1), 'escalated');
  assert.equal(await decided(0.4, 1), 'escalated');
  assert.equal(await decided(0.6, 1), 'accepted');
  assert.equal(await decided(7, 1), 'accepted');
  assert.equal(await decided(7, 0), 'escalated');
});
