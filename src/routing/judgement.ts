import type { Attempt, Signals, Veto } from './attempt.ts';
import type { NotJudgedReason } from '../schemas/judgement.ts';
import type { ConfidenceModel, Contribution } from './confidence/confidence.ts';
import type { Policy, RuleData } from './policy.ts';

/** All that a policy may know of a request; the same in the gateway and in replay. */
export interface RequestView {
  id: string;
  /** The topic for the confidence model: `x-weir-topic`, else the route. */
  group: string;
  features: Signals;
  /** Uniform in [0, 1), a keyed hash of the id: the source of every random choice that a policy makes. */
  u: number;
  /** Tokens of the prompt, an estimate. */
  inputTokens: number;
  /** The most tokens that the client asked for. */
  maxOutputTokens?: number;
  dataClass?: string;
  /** The tiers that may be asked, as the request's own headers or its tool loop narrow them: inclusive indices. */
  minTier: number;
  maxTier: number;
  /** The position on a solved policy's path at which this request is decided, where a budget moves it. */
  position?: number;
}

/** What a decision is made with. */
export interface Setting<D extends RuleData = RuleData> {
  policy: Policy<D>;
  model: ConfidenceModel;
  request: RequestView;
  /** Indices of the tiers that may still be asked, in order. */
  later: readonly number[];
}

/** An answer that was given, with all that is known of it. */
export interface Answered {
  attempt: Attempt;
  /** Name of the tier that gave it. */
  tier: string;
  /** The answer's own signals, and the paid ones where they were bought. */
  signals: Signals;
  /** The paid signals were bought. */
  paid: boolean;
  /** The paid signals are available and have not been tried. */
  paidOpen: boolean;
}

/** What was decided about one tier, as records and explanations keep it. */
export interface Judgement {
  tier: string;
  /** The call whose answer was weighed; absent where none was made. */
  callId?: number;
  action: 'accept' | 'escalate' | 'paid' | 'enter' | 'skip' | 'fail';
  confidence?: number;
  /** What the last tier would add, −1..1. */
  gain?: number;
  disagreement?: number;
  /** The confidence's own uncertainty. */
  interval?: { lower: number; upper: number };
  threshold?: number;
  /** The possible actions, each with its expected cost, lost quality included. */
  actions?: readonly { action: string; expectedCostUsd: number }[];
  vetoes?: readonly Veto[];
  /** Why the client's schemas judged nothing of the answer, where some did not. */
  schemaNotJudged?: readonly NotJudgedReason[];
  contributions?: readonly Contribution[];
  reason: string;
}
