import type { AuditRates } from './audit-plan.ts';
import type { Outcome } from './cascade.ts';
import type { Coins } from './coins.ts';
import type { Uncovered } from './coverage.ts';
import type { Policy } from './policy.ts';

/** Why no coin was tossed for a request that a certificate speaks of: known before any answer, like what is {@link Uncovered}. */
export type Untossed = 'budget' | 'store_failed' | 'reconfigured' | 'stopped';

/** What is settled of a request's audit before any tier is asked, so that no answer and no client can change it. */
export interface AuditDraw {
  /** Why no certificate speaks of it; absent where a certificate of its route does. */
  uncovered?: Uncovered;
  untossed?: Untossed;
  /** Its coins, and the rates at which they were tossed; absent where it is not audited whatever they say. */
  tossed?: { coins: Coins; rates: AuditRates };
}

/** Decisions of the policy's own rule. The others were made by a failure, or are no answer that the rule accepts. */
const BY_THE_RULE: ReadonlySet<Outcome['decision']> = new Set(['accepted', 'escalated', 'direct']);

/**
 * Whether a certificate speaks of an answer: its route's policy is certified, the request is one that audits can judge, and the
 * policy's own rule decided. @returns `undefined` where that is not known yet.
 */
export function isCertified(
  { certified }: Pick<Policy, 'certified'>,
  { uncovered }: Pick<AuditDraw, 'uncovered'>,
  decision: Outcome['decision'] | undefined,
): boolean | undefined {
  if (!certified || uncovered !== undefined) return false;
  return decision === undefined ? undefined : BY_THE_RULE.has(decision);
}
