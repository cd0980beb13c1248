import { defined } from '../defined.ts';
import { whyNotCheaper, type NotTaken, type ObservedFacts } from '../routing/why-not-cheaper.ts';
import { countAsked, hasFailed, nameDecision, type Outcome } from '../routing/cascade.ts';
import type { Attempt } from '../routing/attempt.ts';
import type { Judgement } from '../routing/judgement.ts';
import { HEADERS } from '../telemetry/names.ts';
import { plainUsd } from '../format/money.ts';
import { isCertified } from './draw-audit.ts';
import { ladderOf, observedFacts } from './served-route.ts';
import { baselineOf, totalCost } from './costs/cost.ts';
import type { RequestState } from './request-state.ts';

/** A decision as the client is told it. What is not known is absent. */
export interface Summary {
  id: string;
  route: string;
  policy: string;
  /** Absent where that is not known yet. */
  certified?: boolean;
  /** The last tier alone answered, while the other tiers of the route are observed. */
  observed?: true;
  recorded?: true;
  /** `passed`: the request was no chat, and nothing was decided. */
  decision?: Outcome['decision'] | 'passed';
  tier?: string;
  model?: string;
  confidence?: number;
  /** What the last tier would add, −1..1. */
  gain?: number;
  threshold?: number;
  reason?: string;
  attempts?: number;
  costUsd?: string;
  baselineUsdEstimate?: string;
  /** Where the baseline is an interval: its lower end. */
  baselineUsdLeast?: string;
  droppedParams?: readonly string[];
  /** The tiers that failed. */
  failedTiers?: readonly string[];
}

/** Before the decision, or while its answer is being shown: `shown` is the call whose answer it is. */
export function earlySummary(
  state: RequestState,
  shown: { callId: number; tier: number; model: string | undefined } | undefined,
): Summary {
  if (shown === undefined) return baseSummary(state, undefined);
  const { policy, tiers } = state.asked.route;
  const asked = state.progress.attempts.filter(({ callId }) => callId < shown.callId);
  const tier = tiers[shown.tier];
  const last = policy.tiers.length - 1;
  // The rule has still to judge the answer of any tier before the last.
  const decision =
    shown.tier === last
      ? nameDecision(countAsked(asked) + 1, shown.tier, last, asked.some(hasFailed))
      : undefined;
  return {
    // An answer that is not complete may still fail a check, or break off.
    ...baseSummary(state, decision === 'fallback' ? decision : undefined),
    ...recordedOf(state, shown.tier),
    ...(decision === undefined ? {} : { decision }),
    ...(tier === undefined ? {} : { tier: tier.tier.name, model: shown.model ?? tier.asked.model }),
    attempts: shown.callId + 1 - state.progress.attempts.filter((each) => !wasMade(each)).length,
    ...droppedOf(state, shown.callId),
    ...failedOf(state, asked),
  };
}

export function summaryOf(state: RequestState, outcome: Outcome): Summary {
  const { served } = outcome;
  const judgement = served === undefined ? undefined : judgementOf(outcome, served.callId);
  const cost = totalCost(outcome.attempts);
  const baseline = baselineOf(state.asked.route.policy, outcome.attempts, served);
  const summary: Summary = {
    ...baseSummary(state, outcome.decision),
    decision: outcome.decision,
    reason: outcome.reason,
    attempts: outcome.attempts.filter(wasMade).length,
    ...failedOf(state, outcome.attempts),
  };
  if (judgement?.confidence !== undefined) summary.confidence = judgement.confidence;
  if (judgement?.gain !== undefined) summary.gain = judgement.gain;
  if (judgement?.threshold !== undefined) summary.threshold = judgement.threshold;
  if (cost !== undefined) summary.costUsd = plainUsd(cost);
  if (baseline !== undefined) summary.baselineUsdEstimate = plainUsd(baseline.nanoUsd);
  if (baseline?.leastNanoUsd !== undefined) summary.baselineUsdLeast = plainUsd(baseline.leastNanoUsd);
  if (served === undefined) return summary;
  summary.tier = state.asked.route.tiers[served.tier]?.tier.name ?? '';
  summary.model = served.model;
  return Object.assign(summary, recordedOf(state, served.tier), droppedOf(state, served.callId));
}

/** What the gateway kept back is no call. */
function wasMade({ failure }: Attempt): boolean {
  return failure?.unmade !== true;
}

/** The last judgement of a call's answer: with its paid signals, if they were bought. */
export function judgementOf(outcome: Outcome, callId: number): Judgement | undefined {
  return outcome.judgements.findLast((judgement) => judgement.callId === callId);
}

/** The decision with its reasons, for a client that wants them, as JSON text. */
export function explained(state: RequestState, summary: Summary, outcome: Outcome): string {
  const { asked } = state;
  const { judgements } = outcome;
  const notTaken = whyNotCheaper({
    tiers: ladderOf(asked).policy.tiers.map(({ name }) => name),
    judgements,
    ...defined({ served: summary.tier, observed: observedFacts(asked) }),
  });
  return JSON.stringify({
    ...summary,
    judgements,
    ...(notTaken.length === 0 ? {} : { whyNotCheaper: notTaken }),
  });
}

/** Why no earlier tier served a request of the record. @param tiers of its route, as it is configured now. */
export function recordedNotTaken(
  { explanation, tier: served }: { explanation: string; tier?: string },
  tiers: readonly string[],
): NotTaken[] {
  const { judgements = [], observed } = JSON.parse(explanation) as {
    judgements?: Judgement[];
    observed?: ObservedFacts;
  };
  return whyNotCheaper({ tiers, judgements, ...defined({ served, observed }) });
}

/** The summary as response headers. */
export function headersOf(summary: Summary, requestId: string): Record<string, string> {
  const headers: Record<string, string> = {
    [HEADERS.requestId]: requestId,
    [HEADERS.id]: summary.id,
    [HEADERS.route]: summary.route,
    [HEADERS.policy]: summary.policy,
  };
  if (summary.certified !== undefined) headers[HEADERS.certified] = summary.certified ? 'yes' : 'no';
  if (summary.observed === true) headers[HEADERS.observed] = 'yes';
  if (summary.recorded === true) headers[HEADERS.recorded] = 'yes';
  if (summary.decision !== undefined) headers[HEADERS.decision] = summary.decision;
  if (summary.tier !== undefined) headers[HEADERS.tier] = summary.tier;
  if (summary.model !== undefined) headers[HEADERS.model] = visible(summary.model);
  if (summary.confidence !== undefined) headers[HEADERS.confidence] = summary.confidence.toFixed(4);
  if (summary.gain !== undefined) headers[HEADERS.gain] = summary.gain.toFixed(4);
  if (summary.attempts !== undefined) headers[HEADERS.attempts] = String(summary.attempts);
  if (summary.costUsd !== undefined) headers[HEADERS.cost] = summary.costUsd;
  if (summary.baselineUsdEstimate !== undefined) headers[HEADERS.baseline] = summary.baselineUsdEstimate;
  if (summary.baselineUsdLeast !== undefined) headers[HEADERS.baselineLeast] = summary.baselineUsdLeast;
  if (summary.droppedParams !== undefined)
    headers[HEADERS.droppedParams] = visible(summary.droppedParams.join(', '));
  if (summary.failedTiers !== undefined) headers[HEADERS.failedTiers] = summary.failedTiers.join(', ');
  return headers;
}

/** The serving upstream's own limits (OpenAI's and Anthropic's names, and the IETF draft's). */
export function rateLimitHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && /^(?:x-|anthropic-)?ratelimit/.test(name)) passed[name] = value;
  }
  return passed;
}

function baseSummary({ asked }: RequestState, decision: Outcome['decision'] | undefined): Summary {
  const { answerId, route } = asked;
  const summary: Summary = { id: answerId, route: route.policy.route, policy: route.hash };
  const certified = isCertified(asked, decision);
  if (certified !== undefined) summary.certified = certified;
  if (asked.ladder !== undefined) summary.observed = true;
  return summary;
}

function recordedOf({ asked: { route } }: RequestState, tier: number): Pick<Summary, 'recorded'> {
  return route.tiers[tier]?.recorded === true ? { recorded: true } : {};
}

function droppedOf(state: RequestState, callId: number): Pick<Summary, 'droppedParams'> {
  const dropped = state.progress.dropped.get(callId) ?? [];
  return dropped.length === 0 ? {} : { droppedParams: dropped };
}

function failedOf(
  { asked: { route } }: RequestState,
  attempts: readonly Attempt[],
): Pick<Summary, 'failedTiers'> {
  if (!attempts.some(hasFailed)) return {};
  // Where nobody is to blame the tier did not fail: the gateway itself made no call, or ended it.
  const failed = attempts.filter((attempt) => hasFailed(attempt) && attempt.failure?.blames !== undefined);
  const names = new Set(failed.map(({ tier }) => route.policy.tiers[tier]?.name ?? ''));
  return names.size === 0 ? {} : { failedTiers: [...names] };
}

/** Names given by others can hold any character; a header cannot. */
function visible(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 256);
}
