import type { AuditRates } from '../routing/audit-plan.ts';
import type { Coins } from '../routing/coins.ts';
import type { Uncovered } from '../routing/coverage.ts';

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
