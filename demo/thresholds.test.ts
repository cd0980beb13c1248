import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Trace, TraceAttempt } from '../src/traces/trace.ts';
import { cheapest, demonstrationPolicy, replayGrid, withThresholds } from './thresholds.ts';

const answer = (score: number, logprob: number): TraceAttempt => ({
  answer: '4',
  score,
  inputTokens: 30,
  outputTokens: 1,
  finish: 'stop',
  tokens: [
    {
      t: '4',
      lp: logprob,
      top: [
        ['4', logprob],
        ['5', -9],
      ],
    },
  ],
});
/** Every other question is one that the small model is sure of, and right; of the others it is neither. */
const traces = Array.from({ length: 20 }, (_, index): Trace => {
  const easy = index % 2 === 0;
  const small = easy ? answer(1, -0.001) : answer(0, -4);
  return {
    id: `q${index}`,
    group: 'a',
    split: 'fit',
    attempts: { small, medium: small, large: answer(1, -0.001) },
  };
});

test('the cheapest thresholds without loss serve the sure answers, and escalate the others', () => {
  const found = cheapest(replayGrid(demonstrationPolicy(), traces, [0, 0.5, 1]), 0);
  assert.equal(found?.thresholds[0], 0.5);
  assert.equal(found.report.qualityLoss, 0);
  assert.equal(found.report.servedBy['small'], 0.5);
});

test('if half of the quality may be lost, the small model serves everything', () => {
  const found = cheapest(replayGrid(demonstrationPolicy(), traces, [0, 0.5, 1]), 0.5);
  assert.equal(found?.report.servedBy['small'], 1);
  assert.ok((found.report.relativeCost ?? 1) < 0.2);
});

test('if no thresholds keep the loss, there are none', () => {
  assert.equal(cheapest(replayGrid(demonstrationPolicy(), traces, [0]), 0.1), undefined);
});

test("the policy is the demonstration's but for the thresholds", () => {
  const policy = demonstrationPolicy();
  assert.deepEqual(withThresholds(policy, [0.1, 0.2]), {
    ...policy,
    rule: { kind: 'thresholds', thresholds: [0.1, 0.2], withoutConfidence: 'escalate' },
  });
});
