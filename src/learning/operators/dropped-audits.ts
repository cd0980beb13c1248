/** How many of the requests that were due to be audited were not. Pure. */
import { DAY_MS } from '../../format/time.ts';
import { coinOf } from '../../routing/audit-plan.ts';
import type { Decision } from '../../store/contract/store.ts';
import type { RouteHistory } from './route-history.ts';
import { RECENT_MS } from './recent-audits.ts';

/** Of the newest requests, at most a week old. */
export interface DroppedAudits {
  /** Requests that the certification coin drew, approximately. */
  due: number;
  /** Due requests without an audit. */
  dropped: number;
  /** Dropped requests that came when their tenant's budget of the day was spent. */
  overBudget: number;
}

/** Audits run in the background and are recorded when they end, so wait this long for them. */
const LAG_MS = 600_000;
/** This many audits before and after a request show at what rate its coin was tossed. */
const NEIGHBOURS = 10;
/** Fewer due requests give no share. */
const LEAST_DUE = 20;

/**
 * A request's coin is a hash, so it can be tossed again. The rate at which it was tossed is estimated from the certification
 * audits around the request. A due request without an audit was dropped: the day's budget was spent, the queue was full, or
 * such requests are never audited.
 * @param budgetUsd what audits may cost per day and tenant; absent where that is unknown.
 * @returns undefined where too few requests were due.
 */
export function droppedAudits(
  { recent, audited }: RouteHistory,
  budgetUsd: number | undefined,
  nowMs: number,
): DroppedAudits | undefined {
  const made = audited
    .filter(
      ({ audit, outcome }) => audit?.kind === 'certification' && outcome.createdAtMs > nowMs - RECENT_MS,
    )
    .map(({ outcome: { id, createdAtMs } }) => ({ atMs: createdAtMs, coin: coinOf('certification', id) }))
    .toSorted((a, b) => a.atMs - b.atMs);
  const isOverBudget = budgetWatch(audited, budgetUsd);
  const found = { due: 0, dropped: 0, overBudget: 0 };
  let before = 0;
  for (const { outcome, audit } of recent.toSorted((a, b) => a.outcome.createdAtMs - b.outcome.createdAtMs)) {
    const { id, tier, createdAtMs } = outcome;
    while ((made[before]?.atMs ?? Infinity) < createdAtMs) before += 1;
    // A request that failed has no answer to compare.
    if (tier === undefined || createdAtMs <= nowMs - RECENT_MS) continue;
    const isOver = isOverBudget(outcome);
    // Its audit may still run.
    if (createdAtMs > nowMs - LAG_MS && !isOver) continue;
    if (coinOf('certification', id) > rateAround(made, before)) continue;
    found.due += 1;
    if (audit?.kind === 'certification') continue;
    found.dropped += 1;
    if (isOver) found.overBudget += 1;
  }
  return found.due < LEAST_DUE ? undefined : found;
}

/** The rate may have changed in between, so take the lower one. 0 where there are no audits around. */
function rateAround(made: readonly { coin: number }[], at: number): number {
  const sides = [made.slice(Math.max(0, at - NEIGHBOURS), at), made.slice(at, at + NEIGHBOURS)].filter(
    (some) => some.length > 0,
  );
  return sides.length === 0 ? 0 : Math.min(...sides.map((some) => Math.max(...some.map(({ coin }) => coin))));
}

/** @returns whether an audit of a request would have begun when the budget was spent. */
function budgetWatch(
  audited: readonly Decision[],
  budgetUsd: number | undefined,
): (outcome: Pick<Decision['outcome'], 'tenant' | 'createdAtMs'>) => boolean {
  if (budgetUsd === undefined) return () => false;
  const dayOf = (tenant: string, atMs: number): string => `${Math.floor(atMs / DAY_MS)} ${tenant}`;
  const spent = new Map<string, number>();
  const reachedAtMs = new Map<string, number>();
  for (const { outcome, audit } of audited) {
    if (audit === undefined) continue;
    const day = dayOf(outcome.tenant, audit.createdAtMs);
    const sum = (spent.get(day) ?? 0) + (audit.costNanoUsd ?? 0) + (audit.judgeNanoUsd ?? 0);
    spent.set(day, sum);
    if (sum >= budgetUsd * 1e9 && !reachedAtMs.has(day)) reachedAtMs.set(day, audit.createdAtMs);
  }
  // Audits that waited for their turn when the budget was spent are dropped too.
  return ({ tenant, createdAtMs }) =>
    createdAtMs + LAG_MS > (reachedAtMs.get(dayOf(tenant, createdAtMs)) ?? Infinity);
}
