import type { Attempt, AttemptFailure, Signals, Veto } from './attempt.ts';
import type { ConfidenceModel, Contribution } from './confidence/confidence.ts';
import { mayGoTo } from './data-places.ts';
import { afterFailing, enter, judge, type Answered, type Choice } from './decision.ts';
import type { Policy, Tier } from './policy.ts';

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
  /** Where on a solved policy's path this request is decided, where a budget moves it; else the policy's own place. */
  place?: number;
}

/** A model is to be asked: for an answer, or for the paid signals of one that it gave. */
export interface ModelCall {
  /** 0-based, in order of asking. */
  callId: number;
  tier: number;
  /** The call whose answer's paid signals are asked for; absent where an answer is. */
  about?: number;
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
  /** The call whose answer is judged; absent where none was made. */
  callId?: number;
  action: 'accept' | 'escalate' | 'paid' | 'enter' | 'skip' | 'fail';
  confidence?: number;
  /** What the last tier would add, −1..1. */
  gain?: number;
  disagreement?: number;
  /** The confidence's own uncertainty. */
  interval?: { lower: number; upper: number };
  threshold?: number;
  /** What could be done, and what each was expected to cost, lost quality included. */
  actions?: readonly { action: string; expectedCostUsd: number }[];
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
  const [first] = candidates;
  if (first === undefined) return { decision: 'failed', attempts, judgements, ...noTier(judgements) };

  let later = candidates;
  /** The answer that is being judged; `undefined` before there is one. */
  let current: Answered | undefined;
  /** The best answer that was not accepted. */
  let held: Attempt | undefined;
  let failure: AttemptFailure | undefined;
  let choice: Choice = enter({ policy, model, request, later });
  for (;;) {
    if (choice.judgement !== undefined) judgements.push(choice.judgement);
    if (current !== undefined && choice.do === 'accept') {
      const { attempt } = current;
      if (later.length === 0 && attempt.vetoes.length > 0)
        return abstain(policy, attempt, attempts, judgements, held);
      const asked = attempts.filter(({ about }) => about === undefined).length;
      const decision = nameDecision(asked, attempt.tier, lastTier, attempts.some(hasFailed));
      return { decision, served: attempt, attempts, judgements, reason: story(judgements) };
    }
    if (
      current !== undefined &&
      choice.do === 'ask' &&
      (held === undefined || current.attempt.vetoes.length <= held.vetoes.length)
    )
      held = current.attempt;
    const about = choice.do === 'paid' ? current?.attempt : undefined;
    const tier = about?.tier ?? (choice.do === 'ask' ? choice.tier : first);
    if (about === undefined) later = candidates.filter((candidate) => candidate > tier);
    const { attempt }: Event = yield {
      do: 'call',
      call: {
        callId: attempts.length,
        tier,
        ...(about === undefined ? {} : { about: about.callId }),
        live: about === undefined && later.length === 0,
        afterFailure: about === undefined && hasFailed(attempts.at(-1)),
      },
    };
    attempts.push(attempt);
    if (attempt.failure !== undefined) {
      const name = policy.tiers[tier]?.name ?? String(tier);
      const what =
        about === undefined ? `${name} failed` : `The paid signals of ${name}'s answer could not be had`;
      judgements.push({
        tier: name,
        callId: attempt.callId,
        action: 'fail',
        reason: `${what}: ${attempt.failure.message}`,
      });
      failure = attempt.failure;
      if (attempt.shown || failure.final === true) break;
      if (about === undefined && later.length === 0) break;
    }
    if (about !== undefined && current !== undefined) {
      const bought = attempt.failure === undefined;
      const signals = { ...current.signals, ...attempt.signals };
      current = { ...current, signals, paid: bought, paidOpen: false };
    } else if (attempt.failure === undefined) {
      const paidOpen = (attempt.paidSignals?.length ?? 0) > 0;
      current = { attempt, signals: attempt.signals, paid: false, paidOpen };
    }
    choice =
      attempt.failure !== undefined && about === undefined
        ? afterFailing({ policy, model, request, later }, current)
        : current === undefined
          ? enter({ policy, model, request, later })
          : judge({ policy, model, request, later }, current);
  }
  if (held !== undefined && attempts.at(-1)?.shown !== true) {
    const reason = `${story(judgements)} The best answer there already was is served.`;
    return { decision: 'fallback', served: held, attempts, judgements, reason };
  }
  return {
    decision: 'failed',
    attempts,
    judgements,
    reason: story(judgements),
    ...(failure === undefined ? {} : { failure }),
  };
}

/** No answer came where one was asked for; paid signals that could not be had are no failure of the request. */
export function hasFailed(attempt: Attempt | undefined): boolean {
  return attempt?.failure !== undefined && attempt.about === undefined;
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
  if (!mayGoTo(policy, request.dataClass, tier.location)) {
    return `${tier.name} is in the cloud, where data of class '${request.dataClass}' may not go`;
  }
  if (!fitsContext(tier, request))
    return `${tier.name} has a context of ${tier.contextTokens} tokens, and this request needs about ${tokensOf(request)}`;
  return undefined;
}

/** Whether the prompt and the answer that is asked for fit into the tier's context, as far as is known. */
export function fitsContext(
  { contextTokens }: Pick<Tier, 'contextTokens'>,
  request: Pick<RequestView, 'inputTokens' | 'maxOutputTokens'>,
): boolean {
  return contextTokens === undefined || tokensOf(request) <= contextTokens;
}

function tokensOf({
  inputTokens,
  maxOutputTokens = 0,
}: Pick<RequestView, 'inputTokens' | 'maxOutputTokens'>): number {
  return inputTokens + maxOutputTokens;
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
  held: Attempt | undefined,
): Outcome {
  const failed = last.vetoes.join(', ');
  const why =
    held?.vetoes.length === 0
      ? `the last tier's fails a check (${failed}), and no earlier one was accepted`
      : `no tier's answer passed the checks (the last one: ${failed})`;
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
  const better = held !== undefined && held.vetoes.length < last.vetoes.length && !last.shown;
  const served = better ? held : last;
  return {
    decision: 'abstained',
    served,
    attempts,
    judgements,
    reason: `The best answer is served although ${why}.`,
  };
}
