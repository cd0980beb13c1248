import type { Attempt, AttemptFailure, Signals, Veto } from './attempt.ts';
import type { ConfidenceModel, Contribution } from './confidence.ts';
import { judge } from './decision.ts';
import type { Policy } from './policy.ts';

/** All that a policy may know of a request; the same in live traffic and in replay. */
export interface RequestView {
  id: string;
  /** The topic for the confidence model: `x-weir-topic`, else the route. */
  group: string;
  features: Signals;
  /** Uniform in [0, 1): every coin that a policy needs, a keyed hash of the id. */
  u: number;
  /** Tokens of the prompt, an estimate. */
  inputTokens: number;
  /** Tokens the client asked for at most. */
  maxOutputTokens?: number;
  dataClass?: string;
  /** The tiers that may be asked, as the request's own headers or its tool loop narrow them: inclusive indices. */
  minTier: number;
  maxTier: number;
}

/** A model is to be asked for an answer. */
export interface ModelCall {
  /** 0-based, in order of asking. */
  callId: number;
  tier: number;
  /** No later tier can replace this answer: it may be shown while it comes. */
  live: boolean;
  /** An escalation that a failure caused counts against the allowance of the upstream that failed. */
  afterFailure: boolean;
}

export type Step = { do: 'call'; call: ModelCall };
export type Event = { kind: 'attempt'; attempt: Attempt };

/** What was thought of one tier, in the order of thinking. */
export interface Judgement {
  tier: string;
  action: 'accept' | 'escalate' | 'skip' | 'fail';
  confidence?: number;
  threshold?: number;
  vetoes?: readonly Veto[];
  contributions?: readonly Contribution[];
  reason: string;
}

export interface Outcome {
  decision: 'accepted' | 'escalated' | 'direct' | 'fallback' | 'abstained' | 'failed';
  /** The attempt whose answer is the client's. */
  served?: Attempt;
  attempts: readonly Attempt[];
  judgements: readonly Judgement[];
  /** The decision in a sentence. */
  reason: string;
  /** Where nothing could be served. */
  failure?: AttemptFailure;
}

/**
 * Walks a policy's tiers for one request. It makes no call: it yields the calls it wants and is resumed with what became
 * of them, so live traffic, replay and tests drive the same code.
 */
export function* cascade(
  policy: Policy,
  model: ConfidenceModel,
  request: RequestView,
): Generator<Step, Outcome, Event> {
  const attempts: Attempt[] = [];
  const judgements: Judgement[] = [];
  const lastTier = policy.tiers.length - 1;
  const candidates: number[] = [];
  policy.tiers.forEach((tier, index) => {
    const obstacle = whyNot(policy, request, index);
    if (obstacle === undefined) candidates.push(index);
    else judgements.push({ tier: tier.name, action: 'skip', reason: obstacle });
  });
  const entry = policy.rule.kind === 'last' ? candidates.at(-1) : candidates[0];
  if (entry === undefined) return { decision: 'failed', attempts, judgements, ...noTier(judgements) };

  let held: { attempt: Attempt; reason: string } | undefined;
  let failure: AttemptFailure | undefined;
  for (const tier of candidates.filter((candidate) => candidate >= entry)) {
    const isFinal = tier === candidates.at(-1);
    const call: ModelCall = {
      callId: attempts.length,
      tier,
      live: isFinal,
      afterFailure: attempts.at(-1)?.failure !== undefined,
    };
    const { attempt } = yield { do: 'call', call };
    attempts.push(attempt);
    const name = policy.tiers[tier]?.name ?? String(tier);

    if (attempt.failure !== undefined) {
      failure = attempt.failure;
      judgements.push({ tier: name, action: 'fail', reason: `${name} failed: ${attempt.failure.message}` });
      if (attempt.shown || attempt.failure.final === true) break;
      continue;
    }
    const judgement = judge(policy, model, request, attempt, isFinal);
    judgements.push(judgement);
    if (judgement.action === 'accept') {
      const failedBefore = attempts.some((earlier) => earlier.failure !== undefined);
      const decision = nameDecision(attempts.length, tier, lastTier, failedBefore);
      if (isFinal && attempt.vetoes.length > 0) return abstain(policy, attempt, attempts, judgements, held);
      return { decision, served: attempt, attempts, judgements, reason: story(judgements) };
    }
    if (held === undefined || attempt.vetoes.length <= held.attempt.vetoes.length) {
      held = { attempt, reason: judgement.reason };
    }
  }
  if (held !== undefined && attempts.at(-1)?.shown !== true) {
    const reason = `${story(judgements)} The best answer there already was is served.`;
    return { decision: 'fallback', served: held.attempt, attempts, judgements, reason };
  }
  return {
    decision: 'failed',
    attempts,
    judgements,
    reason: story(judgements),
    ...(failure === undefined ? {} : { failure }),
  };
}

/** What was thought of the tiers, one after the other, as sentences that can be read aloud. */
function story(judgements: readonly Judgement[]): string {
  return judgements.map(({ reason }) => (reason.endsWith('.') ? reason : `${reason}.`)).join(' ');
}

/**
 * The decision's name for an answer that was accepted after so many calls, one of them perhaps a failure.
 * @param tier the tier that served; @param lastTier the last of the policy.
 */
export function nameDecision(
  asked: number,
  tier: number,
  lastTier: number,
  failed: boolean,
): Outcome['decision'] {
  if (failed) return 'fallback';
  if (asked > 1) return 'escalated';
  return tier === lastTier ? 'direct' : 'accepted';
}

/** Why a tier cannot be asked for this request at all, in a sentence; `undefined` where it can. */
function whyNot(policy: Policy, request: RequestView, index: number): string | undefined {
  const tier = policy.tiers[index];
  if (tier === undefined) return 'there is no such tier';
  if (index < request.minTier) return `${tier.name} is below the tier this request starts at`;
  if (index > request.maxTier) return `${tier.name} is above the tier this request allows`;
  // A class that no rule names stays in the house: silence must not leak.
  const place = request.dataClass === undefined ? 'cloud' : (policy.data[request.dataClass] ?? 'on-premises');
  if (place === 'on-premises' && tier.location !== 'on-premises') {
    return `${tier.name} is in the cloud, where data of class '${request.dataClass}' may not go`;
  }
  const needed = request.inputTokens + (request.maxOutputTokens ?? 0);
  if (tier.contextTokens !== undefined && needed > tier.contextTokens) {
    return `${tier.name} has a context of ${tier.contextTokens} tokens, and this request needs about ${needed}`;
  }
  return undefined;
}

function noTier(judgements: readonly Judgement[]): { reason: string; failure: AttemptFailure } {
  const why = judgements.map((judgement) => judgement.reason).join('; ');
  const tooLong = judgements.some((judgement) => judgement.reason.includes('has a context of'));
  const reason = `No tier may answer this request: ${why}.`;
  return {
    reason,
    failure: { code: tooLong ? 'context_length_exceeded' : 'no_tier_allowed', message: reason, status: 400 },
  };
}

function abstain(
  policy: Policy,
  last: Attempt,
  attempts: readonly Attempt[],
  judgements: readonly Judgement[],
  held: { attempt: Attempt } | undefined,
): Outcome {
  const why = `no tier's answer passed the checks (the last one: ${last.vetoes.join(', ')})`;
  if (policy.onAbstain === 'error' && !last.shown) {
    const message = `No acceptable answer: ${why}.`;
    return {
      decision: 'abstained',
      attempts,
      judgements,
      reason: message,
      failure: { code: 'no_acceptable_answer', message, status: 422 },
    };
  }
  const better = held !== undefined && held.attempt.vetoes.length < last.vetoes.length && !last.shown;
  const served = better ? held.attempt : last;
  return {
    decision: 'abstained',
    served,
    attempts,
    judgements,
    reason: `The best answer is served although ${why}.`,
  };
}
