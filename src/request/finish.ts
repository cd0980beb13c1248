import { defined } from '../defined.ts';
import { inFull } from '../errors.ts';
import type { Attempt } from '../routing/attempt.ts';
import { samplingOf } from '../routing/provenance.ts';
import { hasFailed, type Outcome } from '../routing/cascade.ts';
import { plainUsd } from '../format/money.ts';
import type { AttemptRow, OutcomeRow } from '../store/contract/outcome-rows.ts';
import type { Reply } from '../wire/http-message.ts';
import { createJsonEdit } from '../wire/json-edit.ts';
import type { RecordContext } from './request-context.ts';
import { isCertified } from './draw-audit.ts';
import { baselineOf, leastCost, totalCost } from './costs/cost.ts';
import { observedFacts } from './served-route.ts';
import { failoversOf } from './costs/failover.ts';
import { pacedCost } from './memory/pacing.ts';
import type { RequestState } from './request-state.ts';
import { judgementOf } from './summary.ts';
import type { ServedTier } from './served-route.ts';

/**
 * Records the end of a request, however it ended: store, metrics, memory of tool calls, audits. Only the first call counts.
 * @param decided what the cascade decided, where the client got something else of it.
 */
export function finish(
  context: RecordContext,
  state: RequestState,
  outcome: Outcome,
  end: { status: number; errorCode?: string },
  decided = outcome,
): void {
  const { asked, progress } = state;
  if (progress.finished) return;
  progress.finished = true;
  const latencyMs = performance.now() - asked.startedMs;
  const rows = rowsOf(state, outcome, { ...end, latencyMs }, context);
  const recorded = context.recorder.record(rows.outcome, rows.attempts);
  const { route, decision, tier, costNanoUsd, baselineNanoUsd, baselineLeastNanoUsd } = rows.outcome;
  const least = leastCost(outcome.attempts);
  const paced = pacedCost(tier, least);
  if (paced !== undefined) context.pacing.spent(asked.route, paced);
  context.metrics.finished({
    route,
    decision,
    status: end.status,
    certified: rows.outcome.certified,
    narrowed: asked.view.narrowed === true,
    observed: asked.ladder !== undefined,
    seconds: latencyMs / 1_000,
    ...(tier === undefined ? {} : { tier }),
    ...(least === undefined ? {} : { costNanoUsd: least }),
    ...(costNanoUsd === undefined || baselineNanoUsd === undefined
      ? {}
      : { baselineNanoUsd, baselineLeastNanoUsd: baselineLeastNanoUsd ?? baselineNanoUsd }),
  });
  tellOfFailures(context, state, outcome);
  const { served } = outcome;
  const callIds = served === undefined ? [] : (progress.answers.get(served.callId)?.read.toolCallIds ?? []);
  if (callIds.length > 0 && tier !== undefined)
    context.toolLoops.remember(asked.tenant, route, callIds, tier);
  context.auditor?.consider(state, decided, { recorded });
}

/** The outcome of a request that the gateway itself failed: the cascade could not say what came of it. */
export function brokenOutcome({ progress: { attempts } }: RequestState): Outcome {
  return { decision: 'failed', attempts, judgements: [], reason: 'The gateway failed.' };
}

/** Counts what failures changed, and raises the alarm where the last tier is what failed. */
function tellOfFailures(
  { metrics, lastTiers, raise }: RecordContext,
  { asked }: RequestState,
  { attempts, unaccepted }: Outcome,
): void {
  const { policy } = asked.route;
  const { route, tiers } = policy;
  if (tiers.length === 1) return;
  lastTiers.ended(route, unaccepted === true);
  if (!attempts.some(hasFailed)) return;
  for (const failover of failoversOf(policy, attempts)) metrics.failedOver(route, failover);
  if (unaccepted === true) metrics.unaccepted(route);
  const last = tiers.length - 1;
  const failure = attempts.find((attempt) => attempt.tier === last && hasFailed(attempt))?.failure;
  if (failure?.blames === undefined) return;
  const fate =
    unaccepted === true
      ? 'Requests are served the best earlier answer, though it was not accepted'
      : 'Requests get its error';
  const message = `The last tier '${tiers[last]?.name ?? ''}' of route '${route}' fails (${failure.code}). ${fate}.`;
  raise({ kind: 'last_tier_failed', about: route, message });
}

/** The end of a request whose client has gone. The reply is not read; it ends the exchange with the server. */
export function abandon(context: RecordContext, state: RequestState, outcome: Outcome): Reply {
  // An answer that no client got was not served.
  const { attempts, judgements, reason } = outcome;
  finish(
    context,
    state,
    { decision: 'failed', attempts, judgements, reason },
    { status: 499, errorCode: 'client_closed_request' },
    outcome,
  );
  return { status: 499, headers: {}, body: null };
}

/** How a request ended for the client. */
interface Ending {
  /** HTTP status; 499 where the client had gone. */
  status: number;
  errorCode?: string;
  latencyMs: number;
}

/** A request as the store keeps it. */
function rowsOf(
  state: RequestState,
  outcome: Outcome,
  ending: Ending,
  options: { keepTexts: boolean },
): { outcome: OutcomeRow; attempts: AttemptRow[] } {
  const { served } = outcome;
  const { asked, progress } = state;
  const { policy, hash, tiers, confidenceModelId } = asked.route;
  const judgement = served === undefined ? undefined : judgementOf(outcome, served.callId);
  const cost = totalCost(outcome.attempts);
  const baseline = baselineOf(policy, outcome.attempts, served);
  const row: OutcomeRow = {
    id: asked.id,
    tenant: asked.tenant,
    route: policy.route,
    group: asked.view.group,
    policyHash: hash,
    confidenceModel: confidenceModelId,
    decision: outcome.decision,
    certified: isCertified(asked, outcome.decision) === true,
    reason: outcome.reason,
    explanation: JSON.stringify(explanationOf(state, outcome)),
    latencyMs: ending.latencyMs,
    baselineMeasured: baseline?.measured ?? false,
    stream: asked.request.chat.stream === true,
    status: ending.status,
    requestId: asked.requestId,
    recorded: served !== undefined && tiers[served.tier]?.recorded === true,
    createdAtMs: asked.createdAtMs,
  };
  if (served !== undefined) {
    row.tier = tiers[served.tier]?.tier.name ?? '';
    row.model = served.model;
  }
  if (judgement?.confidence !== undefined) row.confidence = judgement.confidence;
  if (judgement?.gain !== undefined) row.gain = judgement.gain;
  if (progress.ttftMs !== undefined) row.ttftMs = progress.ttftMs;
  if (cost !== undefined) row.costNanoUsd = cost;
  if (baseline !== undefined) row.baselineNanoUsd = baseline.nanoUsd;
  if (baseline?.leastNanoUsd !== undefined) row.baselineLeastNanoUsd = baseline.leastNanoUsd;
  if (ending.errorCode !== undefined) row.errorCode = ending.errorCode;
  if (options.keepTexts) row.prompt = promptOf(asked.request.chatText());
  return {
    outcome: row,
    attempts: outcome.attempts.map((_, position) => attemptRow(state, outcome, position, options.keepTexts)),
  };
}

/**
 * The messages' own text, copied: what is cut out of a text is a view into it to the engine, and would keep the whole body in
 * memory while the row waits, though the recorder counts the prompt alone.
 */
export function promptOf(body: string): string {
  return Buffer.from(createJsonEdit(body).get('messages') ?? '[]').toString();
}

/** The judgements, everything that the cascade needs to decide again, and what failures changed. */
function explanationOf({ asked }: RequestState, { judgements, attempts, unaccepted }: Outcome): object {
  const { id: _, group: __, position, ...request } = asked.view;
  const { uncovered, untossed } = asked.draw;
  const observed = observedFacts(asked);
  const { version } = asked.route.policy;
  const failovers = attempts.some(hasFailed)
    ? failoversOf(asked.route.policy, attempts).map(({ extraNanoUsd, ...failover }) =>
        extraNanoUsd === undefined ? failover : { ...failover, extraUsd: plainUsd(extraNanoUsd) },
      )
    : [];
  return {
    request: position === undefined ? request : { ...request, place: position },
    judgements,
    ...(version === undefined ? {} : { version }),
    ...(failovers.length === 0 ? {} : { failovers }),
    ...(unaccepted === true ? { unaccepted } : {}),
    ...(uncovered === undefined ? {} : { uncovered }),
    ...(untossed === undefined ? {} : { untossed }),
    ...(observed === undefined ? {} : { observed }),
  };
}

function attemptRow(state: RequestState, outcome: Outcome, position: number, keepTexts: boolean): AttemptRow {
  const attempt = outcome.attempts[position];
  // Called with the positions of this very array.
  if (attempt === undefined) throw new RangeError(`no attempt ${position}`);
  const { confidence, gain } = judgementOf(outcome, attempt.callId) ?? {};
  const row: AttemptRow = {
    ...answerRow(state, attempt, keepTexts),
    outcomeId: state.asked.id,
    position,
    served: outcome.served === attempt,
  };
  if (attempt.about !== undefined) row.about = attempt.about;
  if (confidence !== undefined) row.confidence = confidence;
  if (gain !== undefined) row.gain = gain;
  return row;
}

type AnswerRow = Omit<AttemptRow, 'outcomeId' | 'position' | 'about' | 'served' | 'confidence' | 'gain'>;

/** A call and its result, without how it was judged. */
export function answerRow(
  { asked, progress }: RequestState,
  attempt: Attempt,
  keepTexts: boolean,
): AnswerRow {
  const tier = asked.route.tiers[attempt.tier];
  const row = callRow(tier, attempt, keepTexts);
  if (attempt.streamed !== undefined && tier !== undefined) {
    row.source = tier.sourceHash;
    row.streamed = attempt.streamed;
    row.sampling = JSON.stringify(samplingOf({ ...asked.request.chat }, tier.tier.asking));
  }
  const answer = keepTexts ? progress.answers.get(attempt.callId)?.read.view.text : undefined;
  if (answer !== undefined) row.answer = answer;
  return row;
}

/** A call and its result, without how it was asked for and the text of its answer. */
export function callRow(tier: ServedTier | undefined, attempt: Attempt, keepTexts: boolean): AnswerRow {
  const { usage, failure } = attempt;
  const row: AnswerRow = {
    tier: tier?.tier.name ?? '',
    model: attempt.model,
    upstream: tier?.asked.upstream ?? '',
    signals: JSON.stringify(attempt.signals),
    vetoes: JSON.stringify(attempt.vetoes),
    usageEstimated: usage?.estimated ?? false,
    latencyMs: attempt.latencyMs,
    cut: failure !== undefined,
  };
  if (attempt.upstreamId !== undefined) row.upstreamId = attempt.upstreamId;
  if (attempt.fingerprint !== undefined) row.fingerprint = attempt.fingerprint;
  if (usage !== undefined) {
    row.inputTokens = usage.inputTokens;
    row.outputTokens = usage.outputTokens;
    if (usage.reasoningTokens !== undefined) row.reasoningTokens = usage.reasoningTokens;
    if (usage.cachedInputTokens !== undefined) row.cachedInputTokens = usage.cachedInputTokens;
    if (usage.cacheWriteTokens !== undefined) row.cacheWriteTokens = usage.cacheWriteTokens;
    if (usage.cacheWriteHourTokens !== undefined) row.cacheWriteHourTokens = usage.cacheWriteHourTokens;
    if (usage.otherTokens !== undefined) row.otherTokens = JSON.stringify(usage.otherTokens);
  }
  if (attempt.costNanoUsd !== undefined) row.costNanoUsd = attempt.costNanoUsd;
  if (attempt.worstNanoUsd !== undefined) row.worstNanoUsd = attempt.worstNanoUsd;
  if (attempt.ttftMs !== undefined) row.ttftMs = attempt.ttftMs;
  if (failure !== undefined) {
    row.errorCode = failure.code;
    const { message, said, scrubbed } = failure;
    row.errorMessage = inFull(defined({ message, said: keepTexts ? said : scrubbed }));
  }
  return row;
}
