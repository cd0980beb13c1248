import { NOT_JUDGED, type Attempt, type AttemptFailure } from './attempt.ts';
import type { ConfidenceModel } from './confidence/confidence.ts';
import { chooseFirst, afterFailure, weighAnswer, type Chosen } from './decision.ts';
import type { Judgement } from './judgement.ts';
import type { Answered, RequestView } from './setting.ts';
import type { Policy } from './policy.ts';
import type { PolicyRule } from './rules/rule.ts';
import { ruleOf, RULES } from './rules/rules.ts';
import { tierObstacle } from './tier-obstacle.ts';

/** A model is to be asked: for an answer, or for the paid signals of an answer that it gave. */
export interface ModelCall {
  /** 0-based, in order of asking. */
  callId: number;
  tier: number;
  /** The call whose answer's paid signals are asked for; absent where an answer is. */
  about?: number;
  /** No later tier can replace this answer: it may be shown while it comes. */
  live: boolean;
  /** The rule decides on a live answer too: the policy has a later tier, which this request may not use. */
  weighed?: true;
  /** A tier failed, and none has answered since: what this call costs more is the failure's. */
  afterFailure: boolean;
}

export type Step = { do: 'call'; call: ModelCall };
export type Event = { kind: 'attempt'; attempt: Attempt };

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
  /** The served answer was not accepted: the tiers after it failed. */
  unaccepted?: true;
}

/**
 * Walks a policy's tiers for one request. It makes no call: it yields the calls it wants and is resumed with their
 * results, so the gateway, replay and tests drive the same code.
 * @param rules the table that the policy's rule is looked up in. @throws {RangeError} where it is not there, or asks a tier that
 * may not be asked
 */
export function* cascade(
  policy: Policy,
  model: ConfidenceModel,
  request: RequestView,
  rules: readonly PolicyRule[] = RULES,
): Generator<Step, Outcome, Event> {
  const rule = ruleOf(policy.rule, rules);
  const attempts: Attempt[] = [];
  const judgements: Judgement[] = [];
  let open = openTiers(policy, request, judgements);
  const [first] = open;
  if (first === undefined) return { decision: 'failed', attempts, judgements, ...noTier(judgements) };

  let later = open;
  let closed: readonly number[] | undefined;
  /** The answer that is being decided on; `undefined` before there is one. */
  let current: Answered | undefined;
  /** The best answer that was not accepted. */
  let held: Attempt | undefined;
  let failure: AttemptFailure | undefined;
  let failedSince = false;
  let chosen: Chosen = chooseFirst(rule, { policy, model, request, later });
  for (;;) {
    if (chosen.judgement !== undefined) judgements.push(chosen.judgement);
    if (chosen.do === 'accept' && current !== undefined) {
      const { attempt } = current;
      return later.length === 0 && attempt.vetoes.some((veto) => veto !== NOT_JUDGED)
        ? abstain(policy, attempt, attempts, judgements, held)
        : serve(policy, attempt, attempts, judgements);
    }
    if (chosen.do === 'fall-short' && current !== undefined)
      return abstain(policy, current.attempt, attempts, judgements, held);
    if (chosen.do === 'ask' && current !== undefined) held = better(held, current.attempt);

    // What is asked for next: the paid signals of the current answer, or an answer of a tier.
    const assessed = chosen.do === 'paid' ? current : undefined;
    const tier = assessed?.attempt.tier ?? (chosen.do === 'ask' ? chosen.tier : first);
    if (assessed === undefined) {
      // A rule that asks a tier again would ask it for ever.
      if (!later.includes(tier)) throw new RangeError(`the rule '${rule.kind}' asks tier ${tier} again`);
      later = open.filter((each) => each > tier);
      closed = closedAfter(policy, tier, open);
    }
    const call: ModelCall = {
      callId: attempts.length,
      tier,
      live: assessed === undefined && later.length === 0,
      afterFailure: assessed === undefined && failedSince,
    };
    if (call.live && closed !== undefined) call.weighed = true;
    if (assessed !== undefined) call.about = assessed.attempt.callId;
    const { attempt }: Event = yield { do: 'call', call };
    attempts.push(attempt);

    const name = policy.tiers[tier]?.name ?? String(tier);
    if (attempt.failure !== undefined) {
      judgements.push(failureOf(attempt, attempt.failure, name));
      failedSince ||= hasFailed(attempt);
      // That a tier which is well cannot have the request says less than that another one failed.
      if (failure === undefined || failure.blames === 'request' || !wasRefused(attempt))
        failure = attempt.failure;
      if (current === undefined && attempts.every(wasRejected))
        later = open = reachable(policy, later, judgements);
      const noTierLeft = assessed === undefined && later.length === 0;
      if (attempt.shown || failure.final === true || noTierLeft) break;
    }
    if (assessed !== undefined) current = withPaidSignals(assessed, attempt);
    else if (attempt.failure === undefined) {
      current = answeredBy(name, attempt);
      failedSince = false;
    }

    const setting =
      closed === undefined ? { policy, model, request, later } : { policy, model, request, later, closed };
    chosen =
      current === undefined || (attempt.failure !== undefined && assessed === undefined)
        ? afterFailure(rule, setting, current)
        : weighAnswer(rule, setting, current);
  }
  if (held !== undefined && attempts.at(-1)?.shown !== true && policy.onLastTierFailure !== 'error') {
    const reason = `${story(judgements)} The best answer there already was is served, though it was not accepted.`;
    return { decision: 'fallback', served: held, attempts, judgements, reason, unaccepted: true };
  }
  const outcome: Outcome = { decision: 'failed', attempts, judgements, reason: story(judgements) };
  if (failure !== undefined) outcome.failure = failure;
  return outcome;
}

/** The tiers that may be asked for this request; of the others a judgement says why not. */
function openTiers(policy: Policy, request: RequestView, judgements: Judgement[]): readonly number[] {
  const open: number[] = [];
  policy.tiers.forEach((tier, index) => {
    const obstacle = tierObstacle(policy, request, index);
    if (obstacle === undefined) open.push(index);
    else judgements.push({ tier: tier.name, action: 'skip', reason: obstacle });
  });
  const unable = policy.tiers.some(({ name }, index) => index < (open[0] ?? 0) && request.cannot?.[name]);
  return unable ? reachable(policy, open, judgements) : open;
}

/** The tiers that are left to a request which the tiers before them cannot have: not those that no client may ask at once. */
function reachable({ tiers }: Policy, later: readonly number[], judgements: Judgement[]): readonly number[] {
  const first = later.findIndex((index) => tiers[index]?.direct !== false);
  const closed = first === -1 ? later : later.slice(0, first);
  for (const index of closed) {
    const tier = tiers[index]?.name ?? '';
    const reason = `${tier} is not asked first (\`models.${tier}.direct\`), and no tier before it can answer this request`;
    judgements.push({ tier, action: 'skip', reason });
  }
  return later.slice(closed.length);
}

/** The tiers after this one that the request may not use; `undefined` where there are none, as for nearly every request. */
function closedAfter({ tiers }: Policy, tier: number, open: readonly number[]): number[] | undefined {
  if (open.length === tiers.length) return undefined;
  const closed = [...tiers.keys()].filter((each) => each > tier && !open.includes(each));
  return closed.length === 0 ? undefined : closed;
}

function answeredBy(tier: string, attempt: Attempt): Answered {
  const paidOpen = (attempt.paidSignals?.length ?? 0) > 0;
  return { attempt, tier, signals: attempt.signals, paid: false, paidOpen };
}

/** An answer whose paid signals were asked for: where that failed, it is decided on without them. */
function withPaidSignals(answered: Answered, { failure, signals }: Attempt): Answered {
  return {
    ...answered,
    signals: { ...answered.signals, ...signals },
    paid: failure === undefined,
    paidOpen: false,
  };
}

/** Of two answers that were not accepted the one to fall back on: with fewer vetoes, else the later. */
function better(held: Attempt | undefined, attempt: Attempt): Attempt {
  return held === undefined || attempt.vetoes.length <= held.vetoes.length ? attempt : held;
}

function failureOf(attempt: Attempt, { message }: AttemptFailure, tier: string): Judgement {
  const { callId, about } = attempt;
  if (wasRefused(attempt))
    return { tier, callId, action: 'skip', reason: `${tier} cannot answer this request: ${message}` };
  const what =
    about === undefined ? `${tier} failed` : `The paid signals of ${tier}'s answer could not be had`;
  return { tier, callId, action: 'fail', reason: `${what}: ${message}` };
}

/**
 * Whether a tier failed: a call for an answer that failed by no fault of the request. A failed call for paid signals is no failure
 * of the request.
 */
export function hasFailed({ failure, about }: Attempt): boolean {
  return failure !== undefined && about === undefined && failure.blames !== 'request';
}

/** Whether a tier that is well cannot have the request: as if it had not been asked. */
function wasRefused({ failure, about }: Attempt): boolean {
  return about === undefined && failure?.blames === 'request';
}

/** Whether its server rejected what the client wrote, for another reason than its length. */
function wasRejected({ failure }: Attempt): boolean {
  return failure?.code === 'upstream_rejected';
}

/** The calls that a decision is named after: for answers, without those of tiers that cannot have the request. */
export function countAsked(attempts: readonly Attempt[]): number {
  return attempts.filter((attempt) => attempt.about === undefined && !wasRefused(attempt)).length;
}

/** What was decided about the tiers, one after the other, as sentences that can be read aloud. */
function story(judgements: readonly Judgement[]): string {
  return judgements.map(({ reason }) => (reason.endsWith('.') ? reason : `${reason}.`)).join(' ');
}

function serve(
  { tiers }: Policy,
  served: Attempt,
  attempts: readonly Attempt[],
  judgements: readonly Judgement[],
): Outcome {
  const decision = nameDecision(
    countAsked(attempts),
    served.tier,
    tiers.length - 1,
    attempts.some(hasFailed),
  );
  return { decision, served, attempts, judgements, reason: story(judgements) };
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
  const short = judgements.at(-1)?.action === 'abstain' ? story(judgements.slice(-1)) : undefined;
  const why =
    held?.vetoes.length === 0
      ? `the last tier's fails a check (${failed}), and no earlier one was accepted`
      : `no tier's answer passed the checks (the last one: ${failed})`;
  if (policy.onAbstain === 'error' && !last.shown) {
    const message = `No acceptable answer: ${short ?? `${why}.`}`;
    return {
      decision: 'abstained',
      attempts,
      judgements,
      reason: message,
      failure: { code: 'no_acceptable_answer', message, status: 422 },
    };
  }
  const failedOfLast = last.vetoes.filter((veto) => veto !== NOT_JUDGED).length;
  const isBetter = held !== undefined && held.vetoes.length < failedOfLast && !last.shown;
  return {
    decision: 'abstained',
    served: isBetter ? held : last,
    attempts,
    judgements,
    reason:
      short === undefined
        ? `The best answer is served although ${why}.`
        : `${short} The best answer there is, is served, marked as abstained.`,
  };
}
