import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditRow, outcomeRow } from '../../store/testing.ts';
import type { AuditRow } from '../../store/contract/learning-rows.ts';
import type { Decision } from '../../store/contract/store.ts';
import { estimateSaving, type SavingEstimate } from './estimate-saving.ts';

const close = (actual: number | undefined, expected: number): void =>
  assert.ok(actual !== undefined && Math.abs(actual - expected) <= 1e-9, `${actual} is not ${expected}`);

/** A request with what it cost, what the last tier would have, and its audit, in millions of nano-dollars. */
function request(
  id: string,
  cost: number,
  baseline: number,
  { measured = false, audit }: { measured?: boolean; audit?: Partial<AuditRow> } = {},
): Decision {
  return {
    outcome: outcomeRow(id, {
      tier: measured ? 'large' : 'small',
      costNanoUsd: cost * 1e6,
      baselineNanoUsd: baseline * 1e6,
      baselineMeasured: measured,
    }),
    attempts: [],
    labels: [],
    ...(audit === undefined ? {} : { audit: auditRow(id, audit) }),
  };
}

/** Audits in which the last tier cost so much, its price for the other answer's tokens being 100. */
const audits = (costs: readonly number[], propensity = 0.1, measured = false): Decision[] =>
  costs.map((cost, index) => {
    const attempts = JSON.stringify([{ tier: 'large', costNanoUsd: cost * 1e6 }]);
    return request(`audit ${index}`, 10, 100, { measured, audit: { attempts, propensity } });
  });
const times = (count: number, cost: number): number[] => Array.from({ length: count }, () => cost);

const CERTAINTY = 0.9;
const Z = 1.6448536269514722;
const estimate = (decisions: readonly Decision[], audited: readonly Decision[] = []): SavingEstimate =>
  estimateSaving(decisions, { audited, lastTier: 'large', certainty: CERTAINTY }) ?? assert.fail();

function isAround({ share, interval }: SavingEstimate, half: number): void {
  close(interval?.lower, share - half);
  close(interval?.upper, share + half);
}

test('the interval of a saving covers what was spent, including audits and judges', () => {
  const found = estimate([
    request('a', 10, 100),
    request('b', 30, 100),
    request('c', 8, 100, { audit: { costNanoUsd: 9e6, judgeNanoUsd: 3e6 } }),
    request('d', 40, 100),
  ]);
  // 10, 30, 20 and 40 beside 100 each: their sample variance is 500/3.
  close(found.share, 0.75);
  isAround(found, (Z * Math.sqrt(500 / 3 / 4)) / 100);
});

test('the interval also covers the uncertainty of the last tier’s costs', () => {
  // Every request spends a fifth of what the last tier costs, which is assumed in four of five parts of the whole.
  const requests = Array.from({ length: 10 }, (_, index) =>
    request(`r${index}`, 10, index < 2 ? 50 : 100, { measured: index < 2 }),
  );
  const found = estimate(requests, audits([...times(10, 40), ...times(10, 60)]));
  close(found.share, 0.8);
  // The mean cost is 50, its standard error √(20 · 10² / 19 / 20).
  isAround(found, 0.2 * 0.8 * (Math.sqrt(100 / 19) / 50) * Z);
});

test('few requests are said to be few, and an interval that reaches what cannot be is not shown', () => {
  const wild = estimate([request('a', 1, 100), request('b', 190, 100), request('c', 1, 100)]);
  assert.deepEqual([wild.few, wild.interval], [true, undefined]);
  close(wild.share, 1 - 192 / 300);
  const many = estimate(Array.from({ length: 30 }, (_, index) => request(`r${index}`, 9 + (index % 3), 100)));
  assert.deepEqual([many.few, many.interval !== undefined], [false, true]);
});

test('requests that their headers narrowed are said apart: the policy did not decide them', () => {
  const narrowed = (id: string, cost: number): Decision => {
    const made = request(id, cost, 100);
    const explanation = JSON.stringify({ request: { narrowed: true } });
    return { ...made, outcome: { ...made.outcome, explanation } };
  };
  const found = estimate([request('a', 60, 100), request('b', 80, 100), narrowed('c', 1), narrowed('d', 3)]);
  close(found.share, 0.3);
  assert.deepEqual([found.requests, found.narrowed?.requests], [2, 2]);
  close(found.narrowed?.share, 0.98);
});

test('where nothing is known of the last tier’s cache, the interval reaches down to a cache that had it all', () => {
  const rows = [request('a', 10, 100), request('b', 10, 100)].map((made) => ({
    ...made,
    outcome: { ...made.outcome, baselineLeastNanoUsd: 40e6 },
  }));
  const { share, interval, baselineLeastUsd } = estimate(rows);
  close(share, 0.9);
  close(baselineLeastUsd, 0.08);
  close(interval?.lower, 1 - 10 / 40);
  close(interval?.upper, 0.9);
});

test('each audit weighs as much as the requests that it stands for', () => {
  const known = [...audits(times(10, 40), 0.1), ...audits(times(10, 60), 0.4)];
  const { baselineUsd, baselineAudits } = estimate([request('a', 10, 100), request('b', 10, 100)], known);
  assert.equal(baselineAudits, 20);
  close(baselineUsd, (0.2 * (100 * 40 + 25 * 60)) / (125 * 100));
});

test('audits of requests that the last tier served, or without it, correct nothing', () => {
  const requests = [request('a', 10, 100), request('b', 10, 100)];
  const other = audits(times(20, 50)).map((each) => ({
    ...each,
    audit: auditRow(each.outcome.id, {
      attempts: JSON.stringify([
        { tier: 'medium', costNanoUsd: 1 },
        { tier: 'large', costNanoUsd: 1, paid: true },
        { tier: 'large', costNanoUsd: 1, cut: true },
        { tier: 'large' },
      ]),
    }),
  }));
  for (const audited of [audits(times(20, 50), 0.1, true), other]) {
    const { baselineUsd, baselineAudits, baselineAssumed } = estimate(requests, audited);
    assert.deepEqual([baselineAudits, baselineAssumed], [undefined, 2]);
    close(baselineUsd, 0.2);
  }
});
