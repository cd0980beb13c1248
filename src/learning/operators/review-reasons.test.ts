import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditRow, labelRow, outcomeRow } from '../../store/testing.ts';
import type { AuditRow } from '../../store/contract/learning-rows.ts';
import type { OutcomeRow } from '../../store/contract/outcome-rows.ts';
import type { Label } from '../../store/contract/store.ts';
import { reviewReasons, type ReviewReason } from './review-reasons.ts';

interface Known {
  outcome?: Partial<OutcomeRow>;
  labels?: Partial<Label>[];
  audit?: Partial<AuditRow>;
}

/** The reasons to review a request that the small tier answered, before a large one. */
function reasons({ outcome = {}, labels = [], audit }: Known): ReviewReason[] {
  const decision = {
    outcome: outcomeRow('a', { tier: 'small', ...outcome }),
    attempts: [],
    labels: labels.map((label) => labelRow('a', label)),
    ...(audit === undefined ? {} : { audit: auditRow('a', audit) }),
  };
  return reviewReasons(decision, 'large');
}
const weights = (known: Known): number[] =>
  reasons(known).map(({ weight }) => Math.round(weight * 1e9) / 1e9);
const said = (...labels: [Label['source'], number, string?][]): Known => ({
  labels: labels.map(([source, verdict, tier = 'small']) => ({ source, verdict, tier })),
});

test('a complaint about the served answer weighs more the lower the mark', () => {
  assert.deepEqual(
    [0, 0.25, 0.49, 0.5, 1].map((mark) => weights(said(['user', mark]))),
    [[5], [4.75], [4.51], [], []],
  );
  assert.deepEqual(reasons(said(['user', 0]))[0]?.byUser, true);
  assert.deepEqual(reasons(said(['user', 0, 'medium'])), []);
});

test('verdicts on one answer at least a half apart contradict each other; the two furthest apart are shown', () => {
  assert.deepEqual(weights(said(['judge', 0.9], ['agreement', 0.4])), [3.5]);
  assert.deepEqual(weights(said(['judge', 0.9], ['agreement', 0.45])), []);
  assert.deepEqual(weights(said(['judge', 1], ['agreement', 0, 'medium'])), [], 'of two answers');
  assert.deepEqual(weights(said(['judge', 1], ['user', 0.5])), [], 'a user contradicts nobody');
  const [worst] = reasons(said(['agreement', 0.9], ['reference', 0.3], ['judge', 1]));
  assert.equal(worst?.sentence, 'Verdicts on one answer contradict each other: reference 0.3, judge 1.');
});

test('a judge’s verdict within .3 of a half is undecided, and weighs more the nearer it is; the nearest counts', () => {
  assert.deepEqual(
    [0, 0.19, 0.25, 0.5, 0.75, 0.81, 1].map((verdict) => weights(said(['judge', verdict]))),
    [[], [], [2.75], [3], [2.75], [], []],
  );
  assert.deepEqual(weights(said(['judge', 0.3], ['judge', 0.6, 'medium'])), [2.9]);
  assert.deepEqual(weights(said(['agreement', 0.5])), []);
});

test('an audit that finds a loss or a gain is a reason, unless an operator or a reference has confirmed it', () => {
  const certified = (small: number, large: number, more: Known = {}): string[] =>
    reasons({ audit: {}, ...said(['judge', small], ['judge', large, 'large']), ...more }).map(
      ({ weight, sentence }) => `${weight} ${/served answer (\w+) than/.exec(sentence)?.[1]}`,
    );
  assert.deepEqual(certified(0, 1), ['2 worse']);
  assert.deepEqual(certified(1, 0), ['2 better']);
  assert.deepEqual(certified(1, 1), []);
  assert.deepEqual(certified(0.9, 1), ['1.1 worse']);
  for (const audit of [{ kind: 'learning' }, { complete: false }] as const)
    assert.deepEqual(certified(0, 1, { audit }), []);
  assert.deepEqual(certified(0, 1, { outcome: { tier: 'large' } }), []);
  assert.deepEqual(reasons(said(['judge', 0])), [], 'no audit');
});

test('a decision is close within a twentieth of the last tier’s cost, by the last choice that was made', () => {
  const choice = (...costs: number[]): object => ({
    actions: costs.map((expectedCostUsd, index) => ({ action: `action ${index}`, expectedCostUsd })),
  });
  const close = (judgements: object[], baselineNanoUsd = 1e6): Known => ({
    outcome: { explanation: JSON.stringify({ judgements }), baselineNanoUsd },
  });
  // The last tier costs .001: a twentieth of that is .00005.
  assert.deepEqual(weights(close([choice(0.002, 0.002)])), [1]);
  assert.deepEqual(weights(close([choice(0.009, 0.00202, 0.002)])), [0.6]);
  assert.deepEqual(weights(close([choice(0.002, 0.00206)])), []);
  assert.match(
    reasons(close([choice(0.00202, 0.009, 0.002)]))[0]?.sentence ?? '',
    /'action 2' and 'action 0' were expected/,
  );
  assert.deepEqual(weights(close([choice(0, 1), choice(0.002, 0.002), choice(1), {}])), [1]);
  assert.deepEqual(weights(close([choice(0.002, 0.002), choice(0, 1)])), []);
  assert.deepEqual(weights(close([choice(0.002, 0.002)], 0)), [], 'nothing is near to what costs nothing');
  assert.deepEqual(weights(close([])), []);
});

test('all reasons are shown, the weightiest first', () => {
  const { labels = [] } = said(['judge', 0.5], ['judge', 1, 'large'], ['user', 0]);
  const explanation = JSON.stringify({
    judgements: [{ actions: [1, 1].map((expectedCostUsd) => ({ action: 'x', expectedCostUsd })) }],
  });
  const outcome = { explanation, baselineNanoUsd: 1e6 };
  assert.deepEqual(weights({ labels, outcome, audit: {} }), [5, 3, 1.5, 1]);
});
