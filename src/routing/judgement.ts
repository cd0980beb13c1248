import type { Veto } from './attempt.ts';
import type { NotJudgedReason } from '../schemas/judgement.ts';
import type { Contribution } from './confidence/confidence.ts';

/** What was decided about one tier, as records and explanations keep it. */
export interface Judgement {
  tier: string;
  /** The call whose answer was weighed; absent where none was made. */
  callId?: number;
  /** `abstain`: it falls short, and no later tier may be asked. */
  action: 'accept' | 'escalate' | 'paid' | 'enter' | 'skip' | 'fail' | 'abstain';
  confidence?: number;
  /** What the last tier would add, −1..1. */
  gain?: number;
  disagreement?: number;
  /** The confidence's own uncertainty. */
  interval?: { lower: number; upper: number };
  threshold?: number;
  /** The possible actions, each with its expected cost, lost quality included; and of that, what its own call costs, where it makes one. */
  actions?: readonly { action: string; expectedCostUsd: number; callCostUsd?: number }[];
  vetoes?: readonly Veto[];
  /** Why the client's schemas judged nothing of the answer, where some did not. */
  schemaNotJudged?: readonly NotJudgedReason[];
  contributions?: readonly Contribution[];
  reason: string;
}
