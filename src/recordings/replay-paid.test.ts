import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Policy, Tier } from '../routing/policy.ts';
import { handMade } from '../routing/testing.ts';
import type { Trace, TraceAttempt } from '../traces/trace.ts';
import { replay, replayOne } from './replay.ts';
import { answerView, toAttempt } from './replay-attempt.ts';
import { beginChecks } from '../routing/checks/checks.ts';

const { rule, model } = handMade({
  tiers: { small: 1_000, large: 200_000 },
  signal: 'p',
  paid: { small: 10_000 },
});

const tier = (name: string, more: Partial<Tier> = {}): Tier => ({
  name,
  model: name,
  upstream: 'u',
  location: 'cloud',
  ...more,
});

function policyOf(more: Partial<Tier> = {}): Policy {
  const tiers = [tier('small', more), tier('large')];
  return { route: 'auto', tiers, rule, onAbstain: 'serve', data: {}, certified: false };
}

function question(
  id: string,
  paidSignals: TraceAttempt['paidSignals'],
  more: Partial<TraceAttempt> = {},
): Trace {
  const small: TraceAttempt = { answer: '4', score: 1, costUsd: 1e-6, signals: { p: 0.7 }, ...more };
  if (paidSignals !== undefined) small.paidSignals = paidSignals;
  return {
    id,
    group: 'g',
    prompt: '?',
    attempts: { small, large: { answer: '4', score: 1, costUsd: 2e-4 } },
  };
}

const replayed = (trace: Trace, more: Partial<Tier> = {}) => replayOne(policyOf(more), model, trace);

test('a recorded paid signal is bought at its recorded price, and decides', () => {
  const { outcome, costNanoUsd } = replayed(question('q', { pTrue: { value: 0.99, costUsd: 1.5e-5 } }));
  assert.equal(outcome.decision, 'accepted');
  assert.deepEqual(
    outcome.attempts.map(({ callId, tier: index, about, signals, costNanoUsd: cost }) => ({
      callId,
      index,
      about,
      pTrue: signals['pTrue'],
      cost,
    })),
    [
      { callId: 0, index: 0, about: undefined, pTrue: undefined, cost: 1_000 },
      { callId: 1, index: 0, about: 0, pTrue: 0.99, cost: 15_000 },
    ],
  );
  assert.equal(costNanoUsd, 16_000);
  assert.equal(replayed(question('q', { pTrue: { value: 0.1 } })).outcome.decision, 'escalated');
});

test('several are bought together; if the cost of one is unknown, none is, since the total would be unknown', () => {
  const both = { pTrue: { value: 0.99, costUsd: 1e-5 }, verbalized: { value: 0.9, costUsd: 2e-5 } };
  const { outcome, costNanoUsd } = replayed(question('q', both));
  assert.deepEqual(outcome.attempts[1]?.signals, { pTrue: 0.99, verbalized: 0.9 });
  assert.equal(costNanoUsd, 31_000);
  const free = { ...both, verbalized: { value: 0.9 } };
  assert.deepEqual(
    replayed(question('q', free)).outcome.attempts.map(({ about }) => about),
    [undefined, undefined],
  );
});

test('only what was recorded of this very answer can be bought', () => {
  for (const none of [undefined, {}]) {
    const { outcome } = replayed(question('q', none));
    assert.deepEqual(
      outcome.attempts.map(({ about }) => about),
      [undefined, undefined],
    );
  }
});

test('only what the tier may be asked for can be bought', () => {
  const trace = question('q', {
    pTrue: { value: 0.99, costUsd: 1e-5 },
    verbalized: { value: 0.9, costUsd: 2e-5 },
  });
  assert.equal(replayed(trace, { paidSignals: [] }).outcome.attempts.length, 2);
  assert.equal(replayed(trace, { paidSignals: [] }).outcome.decision, 'escalated');
  const { outcome, costNanoUsd } = replayed(trace, { paidSignals: ['pTrue'] });
  assert.deepEqual([outcome.attempts[1]?.signals, costNanoUsd], [{ pTrue: 0.99 }, 11_000]);
});

test('a paid signal is no escalation', () => {
  const report = replay(
    policyOf(),
    [
      question('a', { pTrue: { value: 0.99, costUsd: 1e-5 } }),
      question('b', { pTrue: { value: 0.1, costUsd: 1e-5 } }),
    ],
    undefined,
    model,
  );
  assert.deepEqual([report.acceptedShare, report.escalationRate], [0.5, 0.5]);
});

test('an answer whose text was not recorded fails no check for that, and has no words', () => {
  const { signals, vetoes } = toAttempt({ score: 1, outputTokens: 3 }, tier('small'), 0);
  assert.deepEqual(beginChecks(answerView({ score: 1 }), { json: 'object' }).found, []);
  assert.deepEqual([signals, vetoes], [{ outputTokens: 3 }, []]);
  assert.deepEqual(toAttempt({ finish: 'length' }, tier('small'), 0).vetoes, ['truncated']);
  assert.deepEqual(toAttempt({ answer: '' }, tier('small'), 0).vetoes, ['empty']);
  const called = { toolCalls: [{ name: 'f', arguments: '{}' }] };
  assert.deepEqual(toAttempt(called, tier('small'), 0).vetoes, ['invalid_tool_call']);
  assert.equal(toAttempt(called, tier('small'), 0).signals['answerWords'], 0);
});
