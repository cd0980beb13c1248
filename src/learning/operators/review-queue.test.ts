import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attemptRow, auditRow, labelRow, outcomeRow } from '../../store/testing.ts';
import type { AuditRow } from '../../store/contract/learning-rows.ts';
import type { OutcomeRow } from '../../store/contract/outcome-rows.ts';
import type { Decision, Label } from '../../store/contract/store.ts';
import { storedAnswers } from '../../recordings/decision.ts';
import { reviewDraw } from '../labels/sources/operator.ts';
import { reviewQueue, type ReviewItem } from './review-queue.ts';

const lastTier = (): string => 'large';
const queue = (decisions: readonly Decision[], limit = 100): ReviewItem[] =>
  reviewQueue(decisions, { lastTier, limit });
const idsOf = (items: readonly ReviewItem[]): string[] => items.map(({ outcomeId }) => outcomeId);

/** Names of requests, which the review's coin drew or did not. */
function names(prefix: string, count: number, drawn: boolean): string[] {
  const found: string[] = [];
  for (let number = 0; found.length < count; number++) {
    const id = `${prefix}${number}`;
    if ((reviewDraw(id) !== undefined) === drawn) found.push(id);
  }
  return found;
}
const one = (prefix: string): string => names(prefix, 1, false)[0] ?? '';

interface Made {
  outcome?: Partial<OutcomeRow>;
  labels?: Partial<Label>[];
  audit?: Partial<AuditRow>;
}

/** A request that the small tier answered, its texts kept. */
function decision(id: string, { outcome = {}, labels = [], audit }: Made = {}): Decision {
  const prompt = JSON.stringify([{ role: 'user', content: 'Capital of France?' }]);
  return {
    outcome: outcomeRow(id, { tier: 'small', prompt, ...outcome }),
    attempts: [attemptRow(id, 0, { answer: 'Lyon' })],
    labels: labels.map((label) => labelRow(id, label)),
    ...(audit === undefined ? {} : { audit: auditRow(id, audit) }),
  };
}

const {
  outcomeId: _,
  position: __,
  served: ___,
  ...large
} = attemptRow('a', 0, {
  tier: 'large',
  answer: 'Paris',
});
const asked = JSON.stringify([large]);
const down: Partial<Label> = { source: 'user', verdict: 0 };

test('a question without any verdict or audit has no reason to be reviewed', () => {
  assert.deepEqual(queue([decision(one('a'))]), []);
});

test('an accepted answer that a user marked down is in the queue, with its texts and the reason', () => {
  const id = one('a');
  const judged: Partial<Label>[] = [{ source: 'judge' }, { source: 'judge', tier: 'large' }];
  const [item] = queue([decision(id, { labels: [down, ...judged], audit: { attempts: asked } })]);
  assert.equal(item?.outcomeId, id);
  assert.match(item.messages, /Capital of France/);
  assert.deepEqual(item.reasons, ['A user marked down an accepted answer.']);
  assert.deepEqual(
    item.answers.toSorted((a, b) => a.tier.localeCompare(b.tier)),
    [
      { tier: 'large', text: 'Paris' },
      { tier: 'small', text: 'Lyon' },
    ],
  );
});

test('thumbs up, and thumbs on the last tier, are no reason', () => {
  assert.deepEqual(queue([decision(one('a'), { labels: [{ source: 'user', verdict: 1 }] })]), []);
  const lastServed = decision(one('a'), {
    outcome: { tier: 'large' },
    labels: [{ ...down, tier: 'large' }],
  });
  assert.deepEqual(queue([lastServed]), []);
});

test('complaints come first, then contradictions, doubts, what a certificate counts, close decisions', () => {
  const actions = [
    { action: 'serve the answer of small', expectedCostUsd: 0.001 },
    { action: 'ask large', expectedCostUsd: 0.00101 },
  ];
  const explanation = JSON.stringify({ judgements: [{ tier: 'small', actions }] });
  const close = decision(one('close'), { outcome: { explanation, baselineNanoUsd: 1e6 } });
  const counted = decision(one('counted'), {
    labels: [
      { source: 'judge', verdict: 0 },
      { source: 'judge', tier: 'large' },
    ],
    audit: { attempts: asked },
  });
  const doubtful = decision(one('doubtful'), { labels: [{ source: 'judge', verdict: 0.5 }] });
  const contradicted = decision(one('contradicted'), {
    labels: [
      { source: 'judge', verdict: 1 },
      { source: 'agreement', verdict: 0 },
    ],
  });
  const complained = decision(one('complained'), { labels: [down] });
  const all = [close, counted, doubtful, contradicted, complained];
  const items = queue(all);
  assert.deepEqual(idsOf(items), idsOf(queue(all.toReversed())));
  assert.deepEqual(
    items.map(({ outcomeId }) => outcomeId.replace(/\d+$/, '')),
    ['complained', 'contradicted', 'doubtful', 'counted', 'close'],
  );
  assert.deepEqual(
    items.slice(1).map(({ reasons }) => reasons.join(' ')),
    [
      'Verdicts on one answer contradict each other: judge 1, agreement 0.',
      'The judge was undecided between good and wrong.',
      "A certificate rests on this audit, which found the served answer worse than the last tier's.",
      "The decision was close: 'serve the answer of small' and 'ask large' were expected to cost nearly the same.",
    ],
  );
  assert.deepEqual(idsOf(queue(all, 2)), idsOf(items).slice(0, 2));
});

test('a question shows all of its reasons', () => {
  const both = decision(one('a'), { labels: [down, { source: 'judge', verdict: 0.5 }] });
  assert.equal(queue([both])[0]?.reasons.length, 2);
});

const complaints = (prefix: string, tenant: string, count: number): Decision[] =>
  names(prefix, count, false).map((id) => decision(id, { outcome: { tenant }, labels: [down] }));
const prefixesOf = (items: readonly ReviewItem[]): string[] =>
  idsOf(items).map((id) => id.replace(/\d+$/, ''));

test('a user who marks everything down leaves every second question to other reasons', () => {
  const doubtful = names('doubtful', 3, false).map((id) =>
    decision(id, { labels: [{ source: 'judge', verdict: 0.5 }] }),
  );
  const all = [...complaints('mallory', 'mallory', 40), ...doubtful];
  const items = queue(all, 8);
  const [m, d] = ['mallory', 'doubtful'];
  assert.deepEqual(prefixesOf(items), [m, d, m, d, m, d, m, m]);
  assert.deepEqual(idsOf(items), idsOf(queue(all.toReversed(), 8)));
});

test('tenants take turns with what their users mark down', () => {
  const all = [
    ...complaints('zoe', 'zoe', 40),
    ...complaints('ann', 'ann', 2),
    ...complaints('bob', 'bob', 1),
  ];
  const items = queue(all, 7);
  assert.deepEqual(prefixesOf(items), ['zoe', 'bob', 'ann', 'zoe', 'ann', 'zoe', 'zoe']);
  assert.deepEqual(idsOf(items), idsOf(queue(all.toReversed(), 7)));
});

test('a complaint never moves a question with a weightier reason back', () => {
  const contradicted = decision(one('contradicted'), {
    outcome: { tenant: 'mallory' },
    labels: [
      { ...down, verdict: 0.4 },
      { source: 'judge', verdict: 1 },
      { source: 'agreement', verdict: 0 },
    ],
  });
  const doubtful = decision(one('doubtful'), { labels: [{ source: 'judge', verdict: 0.5 }] });
  const items = queue([...complaints('mallory', 'mallory', 40), contradicted, doubtful], 4);
  assert.deepEqual(prefixesOf(items), ['mallory', 'contradicted', 'mallory', 'doubtful']);
  assert.equal(items[1]?.reasons.length, 2);
});

test('of two questions alike the newer comes first', () => {
  const [a = '', b = ''] = names('a', 2, false);
  const alike = [a, b].map((id) => decision(id, { labels: [down] }));
  assert.deepEqual(idsOf(queue(alike)), [a, b].toSorted().toReversed());
});

test('questions that are certain, known by a reference, or far from the price are not in the queue', () => {
  const certain = decision(one('a'), {
    labels: [
      { source: 'judge', verdict: 1 },
      { source: 'agreement', verdict: 1 },
      { source: 'judge', verdict: 1, tier: 'large' },
    ],
    audit: { attempts: asked },
  });
  const known = decision(one('b'), {
    labels: [
      { source: 'reference', verdict: 0 },
      { source: 'reference', verdict: 1, tier: 'large' },
      { source: 'judge', verdict: 0 },
    ],
    audit: { attempts: asked },
  });
  const actions = [0.001, 0.003].map((expectedCostUsd) => ({ action: 'x', expectedCostUsd }));
  const explanation = JSON.stringify({ judgements: [{ actions }, { reason: 'the last' }] });
  const far = decision(one('c'), { outcome: { explanation, baselineNanoUsd: 1e6 } });
  const unpriced = decision(one('d'), { outcome: { explanation } });
  assert.deepEqual(queue([certain, known, far, unpriced]), []);
});

test('questions with an operator’s verdict or without texts are not in the queue', () => {
  const judged = decision(one('a'), { labels: [down, { source: 'operator', verdict: 1 }] });
  const { prompt: _prompt, ...outcome } = decision(one('b')).outcome;
  const forgotten = { ...decision(one('b'), { labels: [down] }), outcome };
  const silent = { ...decision(one('c'), { labels: [down] }), attempts: [attemptRow('c', 0)] };
  assert.deepEqual(queue([judged, forgotten, silent]), []);
  const elsewhere = [decision(one('d'), { labels: [down] })];
  assert.deepEqual(reviewQueue(elsewhere, { lastTier: () => undefined, limit: 9 }), []);
});

test('every third question is one that a coin drew, in the order of the coin and not of its reasons', () => {
  const others = names('other', 4, false).map((id) => decision(id, { labels: [down] }));
  const drawn = names('drawn', 5, true).map((id, index) =>
    decision(id, { audit: { attempts: asked }, ...(index === 2 ? { labels: [down] } : {}) }),
  );
  const items = queue([...drawn, ...others]);
  const isDrawn = items.map(({ outcomeId }) => outcomeId.startsWith('drawn'));
  assert.deepEqual(isDrawn, [false, false, true, false, false, true, true, true, true]);
  const order = items.filter((_item, index) => isDrawn[index]).map(({ outcomeId }) => reviewDraw(outcomeId));
  assert.deepEqual(
    order,
    order.toSorted((a, b) => (a ?? 0) - (b ?? 0)),
  );
  assert.match(items[2]?.reasons.at(-1) ?? '', /drawn at random/);
});

test('questions are drawn while the last tier serves everything; later those that an earlier tier served come first', () => {
  const drawn = names('drawn', 6, true);
  const served = drawn.slice(0, 2).map((id) => decision(id, { audit: { attempts: asked } }));
  const small = { ...large, tier: 'small', answer: 'Lyon' };
  const last = drawn.slice(2).map((id) => ({
    ...decision(id, { outcome: { tier: 'large' }, audit: { attempts: JSON.stringify([small]) } }),
    attempts: [attemptRow(id, 0, { tier: 'large', answer: 'Paris' })],
  }));
  const order = (decisions: readonly Decision[]): string[] =>
    decisions
      .map(({ outcome }) => outcome.id)
      .toSorted((a, b) => (reviewDraw(a) ?? 0) - (reviewDraw(b) ?? 0));
  assert.deepEqual(idsOf(queue(last)), order(last));
  assert.deepEqual(idsOf(queue([...last, ...served])), [...order(served), ...order(last)]);
});

test('audits without a verdict are in the queue, because without a judge there is nothing else to learn from', () => {
  const small = { ...large, tier: 'small', answer: 'Lyon' };
  const id = one('a');
  const audited = (labels: Partial<Label>[], audit: Partial<AuditRow> = {}): Decision => ({
    ...decision(id, {
      outcome: { tier: 'large' },
      labels,
      audit: { attempts: JSON.stringify([small]), ...audit },
    }),
    attempts: [attemptRow(id, 0, { tier: 'large', answer: 'Paris' })],
  });
  const reasonsOf = (open: Decision): string[] => queue([open]).flatMap(({ reasons }) => reasons);
  const unjudged = [
    'Some answers of this audit have no verdict. Until they do, nothing can be learned from it.',
  ];
  assert.deepEqual(reasonsOf(audited([])), unjudged);
  assert.deepEqual(reasonsOf(audited([{ source: 'judge', tier: 'large' }])), unjudged);
  assert.deepEqual(
    reasonsOf(
      audited([
        { source: 'user', tier: 'small' },
        { source: 'user', tier: 'large' },
      ]),
    ),
    unjudged,
  );
  assert.deepEqual(
    reasonsOf(
      audited([
        { source: 'judge', tier: 'small' },
        { source: 'judge', tier: 'large' },
      ]),
    ),
    [],
  );
  assert.deepEqual(reasonsOf(audited([], { complete: false })), []);
});

test('questions that show nothing about the judge are not drawn: without a complete audit, or with one answer', () => {
  const [id = ''] = names('a', 1, true);
  assert.deepEqual(
    queue([
      decision(id),
      decision(id, { audit: { attempts: asked, complete: false } }),
      decision(id, { audit: { attempts: '[]' }, labels: [{ source: 'judge' }] }),
    ]),
    [],
  );
});

test('the order of the answers reveals nothing of their tiers, and does not change', () => {
  const items = names('a', 400, false).map(
    (id) => queue([decision(id, { labels: [down], audit: { attempts: asked } })])[0],
  );
  const first = items.filter((item) => item?.answers[0]?.tier === 'small').length;
  // Five standard deviations about 200.
  assert.ok(Math.abs(first - 200) < 50, String(first));
  const again = queue([decision(one('a'), { labels: [down], audit: { attempts: asked } })]);
  assert.deepEqual(again[0]?.answers, items[0]?.answers);
});

test('an answer that was cut, failed, or was about another answer does not count; a tier that was asked twice has one answer', () => {
  const attempts = [
    attemptRow('a', 0, { answer: 'cut', cut: true }),
    attemptRow('a', 1, { answer: 'failed', errorCode: 'upstream_error', tier: 'middle' }),
    attemptRow('a', 2, { answer: '0.9', about: 0 }),
    attemptRow('a', 3, { answer: 'whole' }),
  ];
  const audit = auditRow('a', {
    attempts: JSON.stringify([
      { ...large, tier: 'small', answer: 'later' },
      { ...large, paid: true, answer: '0.8' },
      large,
    ]),
  });
  assert.deepEqual(storedAnswers({ attempts, audit }), [
    { tier: 'small', text: 'whole' },
    { tier: 'large', text: 'Paris' },
  ]);
});

test('the coin draws a fifth of the requests', () => {
  const drawn = Array.from({ length: 5_000 }, (_each, number) => reviewDraw(`r${number}`)).filter(
    (place) => place !== undefined,
  );
  // Five standard deviations about 1,000.
  assert.ok(Math.abs(drawn.length - 1_000) < 142, String(drawn.length));
  assert.ok(drawn.every((place) => place >= 0 && place < 1));
  assert.ok(drawn.some((place) => place > 0.9));
});
