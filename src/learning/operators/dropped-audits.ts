/** How many of the requests that were due to be audited were not. Pure. */
import type { Decision } from '../../store/contract/store.ts';
import type { RouteHistory } from './route-history.ts';
import { RECENT_MS } from './recent-audits.ts';

/** Of the newest requests, at most a week old, of those that a certificate speaks of. */
export interface DroppedAudits {
  /** Requests that the certification coin drew, or about as many as it would have drawn, had it been tossed. */
  due: number;
  /** Due requests of which no tier was asked for an audit. */
  dropped: number;
  /** Of these, those for which no coin was tossed because their tenant's budget of the day was spent. */
  overBudget: number;
}

/** Fewer due requests give no share. */
const LEAST_DUE = 20;

/**
 * A request that was drawn has an audit, also where nothing was asked for it. Where no coin was tossed, its decision says so: of
 * those about as many would have been drawn as of the others.
 * @returns undefined where too few requests were due.
 */
export function droppedAudits(
  { recent }: Pick<RouteHistory, 'recent'>,
  nowMs: number,
): DroppedAudits | undefined {
  const counts = { tossed: 0, untossed: 0, overBudget: 0, drawn: 0, notMade: 0 };
  for (const decision of recent) {
    if (decision.outcome.createdAtMs <= nowMs - RECENT_MS) continue;
    const { uncovered, untossed } = drawOf(decision);
    if (uncovered !== undefined) continue;
    if (untossed !== undefined) {
      counts.untossed += 1;
      if (untossed === 'budget') counts.overBudget += 1;
      continue;
    }
    counts.tossed += 1;
    const { audit } = decision;
    if (audit?.kind !== 'certification') continue;
    counts.drawn += 1;
    if (!audit.complete && audit.attempts === '[]') counts.notMade += 1;
  }
  // Without any that was tossed the rate is not known.
  const rate = counts.tossed === 0 ? 0 : counts.drawn / counts.tossed;
  const due = Math.round(counts.drawn + rate * counts.untossed);
  if (due < LEAST_DUE) return undefined;
  return {
    due,
    dropped: Math.round(counts.notMade + rate * counts.untossed),
    overBudget: Math.round(rate * counts.overBudget),
  };
}

interface Draw {
  uncovered?: string;
  untossed?: string;
}

function drawOf({ outcome: { explanation } }: Decision): Draw {
  // Most say nothing of it: those are not parsed.
  const says = explanation.includes('"uncovered":') || explanation.includes('"untossed":');
  return says ? (JSON.parse(explanation) as Draw) : {};
}
