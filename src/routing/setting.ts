/** What a decision is made with: the request, the policy, what may still be asked, and the answer that is there. */
import type { Attempt, Signals } from './attempt.ts';
import type { ConfidenceModel } from './confidence/confidence.ts';
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
  /** Tiers that cannot answer it, by name, with the reason as the end of a sentence; absent where there are none. */
  cannot?: Readonly<Record<string, string>>;
  /** The request's headers keep it from some tiers of the route. */
  narrowed?: true;
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
  /** Tiers of the policy after the last one asked that this request may not use; absent where there are none. */
  closed?: readonly number[];
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

/**
 * The next tier that may be asked. @throws {RangeError} where there is none: a rule is asked what follows an answer only where
 * a later tier may be asked, and any other index would ask a tier again.
 */
export function nextTier({ later }: Pick<Setting, 'later'>): number {
  return tierAt(later, 0);
}

/** The last tier that may be asked. @throws {RangeError} as {@link nextTier} does. */
export function lastTier({ later }: Pick<Setting, 'later'>): number {
  return tierAt(later, -1);
}

function tierAt(later: readonly number[], index: number): number {
  const tier = later.at(index);
  if (tier === undefined) throw new RangeError('no later tier may be asked');
  return tier;
}
