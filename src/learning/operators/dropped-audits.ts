/** How many of the requests that were to be audited were not. Pure. */
import { coinOf } from '../../routing/audit-plan.ts';
import type { Decision } from '../../store/contract/store.ts';
import type { RouteHistory } from './read-route.ts';
import { RECENT_MS } from './recent-audits.ts';

/** Of the newest requests, at most a week old. */
export interface DroppedAudits {
  /** Requests that the certification coin drew, about. */
  due: number;
  /** Those of them without an audit. */
  dropped: number;
  /** Those of these that came when their tenant's budget of the day was spent. */
  overBudget: number;
}

const DAY_MS = 86_400_000;
/** An audit is made in the background, and written when it ends. */
const LAG_MS = 600_000;
/** So many audits before and after a request tell at what rate its coin was tossed. */
const NEIGHBOURS = 10;
/** Fewer tell no share. */
const LEAST_DUE = 20;

/**
 * Anyone can toss a request's coin again; at what rate it was tossed is taken from the certification audits around it. What
 * was due and has no audit was dropped: the day's budget was spent, the queue was full, or it is never audited.
 * @param budgetUsd what audits may cost a day and tenant; absent where that is not known.
 * @returns undefined where too few were due to tell.
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
    // What failed has nothing to be compared.
    if (tier === undefined || createdAtMs <= nowMs - RECENT_MS) continue;
    const isOver = isOverBudget(outcome);
    // It may still be audited.
    if (createdAtMs > nowMs - LAG_MS && !isOver) continue;
    if (coinOf('certification', id) > rateAround(made, before)) continue;
    found.due += 1;
    if (audit?.kind === 'certification') continue;
    found.dropped += 1;
    if (isOver) found.overBudget += 1;
  }
  return found.due < LEAST_DUE ? undefined : found;
}

/** The rate may have changed in between: the lower one is certain. 0 where nothing tells. */
function rateAround(made: readonly { coin: number }[], at: number): number {
  const sides = [made.slice(Math.max(0, at - NEIGHBOURS), at), made.slice(at, at + NEIGHBOURS)].filter(
    (some) => some.length > 0,
  );
  return sides.length === 0 ? 0 : Math.min(...sides.map((some) => Math.max(...some.map(({ coin }) => coin))));
}

/** Tells of a request whether an audit of it would have begun beyond the budget. */
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
  // Audits wait for their turn: those that did when it was reached are not made either.
  return ({ tenant, createdAtMs }) =>
    createdAtMs + LAG_MS > (reachedAtMs.get(dayOf(tenant, createdAtMs)) ?? Infinity);
}
