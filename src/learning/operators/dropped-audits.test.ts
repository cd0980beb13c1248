import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coinOf } from '../../routing/audit-plan.ts';
import type { Decision } from '../../store/contract/store.ts';
import { auditRow, outcomeRow } from '../../store/testing.ts';
import { droppedAudits } from './dropped-audits.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Noon. */
const NOW = Date.parse('2026-11-20T12:00:00Z');

/** A request a minute until an hour ago; `of` says at what rate its coin was tossed, and whether an audit was made. */
function requests(
  count: number,
  of: (number: number) => { rate: number; made: boolean; costNanoUsd?: number },
) {
  return Array.from({ length: count }, (_, number): Decision => {
    const id = `0190${String(number).padStart(4, '0')}-0000-7000-8000-000000000000`;
    const { rate, made, costNanoUsd = 0 } = of(number);
    const createdAtMs = NOW - HOUR - (count - number) * MINUTE;
    return {
      outcome: outcomeRow(id, { tier: 'small', createdAtMs }),
      attempts: [],
      labels: [],
      ...(made && coinOf('certification', id) < rate
        ? { audit: auditRow(id, { createdAtMs, costNanoUsd, judgeNanoUsd: 0 }) }
        : {}),
    };
  });
}

function dropped(
  decisions: readonly Decision[],
  { budgetUsd, nowMs = NOW }: { budgetUsd?: number; nowMs?: number } = {},
) {
  const audited = decisions.flatMap((each, number) =>
    each.audit === undefined ? [] : [{ ...each, number }],
  );
  return droppedAudits({ recent: [...decisions], audited }, budgetUsd, nowMs);
}

function share(found: ReturnType<typeof dropped>): number {
  assert.ok(found !== undefined && found.due > 0);
  return found.dropped / found.due;
}

test('no audit is missing where every due request is audited, even when the rate changes', () => {
  assert.equal(share(dropped(requests(2_000, () => ({ rate: 0.25, made: true })))), 0);
  const changed = dropped(requests(2_000, (at) => ({ rate: at < 1_000 ? 0.25 : 0.05, made: true })));
  assert.ok((changed?.due ?? 0) > 200);
  assert.ok(share(changed) < 0.03, `${share(changed)}`);
});

test('where audits run only every other hour half are missing, and no budget is blamed', () => {
  const found = dropped(
    requests(2_000, (at) => ({ rate: 0.25, made: at % 120 < 60 })),
    { budgetUsd: 1 },
  );
  assert.ok(Math.abs(share(found) - 0.5) < 0.06, `${share(found)}`);
  assert.equal(found?.overBudget, 0);
});

test('requests after the day’s budget was spent count as dropped for it, up to now', () => {
  // From 01:00 on; the budget is spent by the first audits.
  const decisions = requests(600, (at) => ({ rate: 0.25, made: at < 300, costNanoUsd: 1e7 }));
  const spent = decisions.filter(({ audit }) => audit !== undefined).length * 0.01;
  const found = dropped(decisions, { budgetUsd: spent, nowMs: NOW - HOUR });
  assert.ok(Math.abs(share(found) - 0.5) < 0.1, `${share(found)}`);
  assert.equal(found?.overBudget, found?.dropped);
  const other = decisions.map((decision) => ({
    ...decision,
    outcome: { ...decision.outcome, tenant: decision.audit === undefined ? 'other' : 'default' },
  }));
  assert.equal(dropped(other, { budgetUsd: spent })?.overBudget, 0, 'each tenant has its own');
});

test('requests of the last minutes may still be audited, and failed requests never are', () => {
  const half = requests(1_000, (at) => ({ rate: 0.25, made: at < 500 }));
  assert.equal(share(dropped(half, { nowMs: NOW - HOUR - 490 * MINUTE })), 0);
  const failed = half.map((decision, at) => {
    if (at < 500) return decision;
    const { tier: _, ...outcome } = decision.outcome;
    return { ...decision, outcome };
  });
  assert.equal(share(dropped(failed)), 0);
});

test('too few due requests, or no audits at all, give no share', () => {
  assert.equal(dropped(requests(40, () => ({ rate: 0.25, made: true }))), undefined);
  assert.equal(dropped(requests(2_000, () => ({ rate: 0, made: true }))), undefined);
});
