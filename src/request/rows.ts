import { inFull } from '../errors.ts';
import { createJsonEdit } from '../wire/json-edit.ts';
import type { Attempt } from '../routing/attempt.ts';
import type { Outcome } from '../routing/cascade.ts';
import type { AttemptRow, OutcomeRow } from '../store/contract/store.ts';
import type { Journey } from './request-state.ts';
import { baselineOf, totalCost } from './money.ts';
import { judgementOf } from './summary.ts';

/** How a request ended for the client. */
export interface Ending {
  /** HTTP status; 499 where the client had gone. */
  status: number;
  errorCode?: string;
  latencyMs: number;
}

/** A request as the store keeps it. */
export function rowsOf(
  journey: Journey,
  outcome: Outcome,
  ending: Ending,
  options: { keepTexts: boolean },
): { outcome: OutcomeRow; attempts: AttemptRow[] } {
  const { served } = outcome;
  const { policy, hash, tiers, confidenceModelId } = journey.route;
  const judgement = served === undefined ? undefined : judgementOf(outcome, served.callId);
  const cost = totalCost(outcome.attempts);
  const baseline = baselineOf(policy, outcome.attempts, served);
  const row: OutcomeRow = {
    id: journey.id,
    tenant: journey.tenant,
    route: policy.route,
    group: journey.view.group,
    policyHash: hash,
    confidenceModel: confidenceModelId,
    decision: outcome.decision,
    certified: policy.certified,
    reason: outcome.reason,
    explanation: JSON.stringify(explanationOf(journey, outcome)),
    latencyMs: ending.latencyMs,
    baselineMeasured: baseline?.measured ?? false,
    stream: journey.request.stream === true,
    status: ending.status,
    requestId: journey.requestId,
    recorded: served !== undefined && tiers[served.tier]?.recorded === true,
    createdAtMs: journey.createdAtMs,
  };
  if (served !== undefined) {
    row.tier = tiers[served.tier]?.name ?? '';
    row.model = served.model;
  }
  if (judgement?.confidence !== undefined) row.confidence = judgement.confidence;
  if (judgement?.gain !== undefined) row.gain = judgement.gain;
  if (journey.ttftMs !== undefined) row.ttftMs = journey.ttftMs;
  if (cost !== undefined) row.costNanoUsd = cost;
  if (baseline !== undefined) row.baselineNanoUsd = baseline.nanoUsd;
  if (ending.errorCode !== undefined) row.errorCode = ending.errorCode;
  if (options.keepTexts) row.prompt = createJsonEdit(journey.text).get('messages') ?? '[]';
  return {
    outcome: row,
    attempts: outcome.attempts.map((_, position) =>
      attemptRow(journey, outcome, position, options.keepTexts),
    ),
  };
}

/** What was weighed, and everything the cascade needs to decide once more. */
function explanationOf({ view }: Journey, { judgements }: Outcome): object {
  const { id: _, group: __, position, ...request } = view;
  return { request: position === undefined ? request : { ...request, place: position }, judgements };
}

function attemptRow(journey: Journey, outcome: Outcome, position: number, keepTexts: boolean): AttemptRow {
  const attempt = outcome.attempts[position];
  // Called with the positions of this very array.
  if (attempt === undefined) throw new RangeError(`no attempt ${position}`);
  const { confidence, gain } = judgementOf(outcome, attempt.callId) ?? {};
  const row: AttemptRow = {
    ...answerRow(journey, attempt, keepTexts),
    outcomeId: journey.id,
    position,
    served: outcome.served === attempt,
  };
  if (attempt.about !== undefined) row.about = attempt.about;
  if (confidence !== undefined) row.confidence = confidence;
  if (gain !== undefined) row.gain = gain;
  return row;
}

type AnswerRow = Omit<AttemptRow, 'outcomeId' | 'position' | 'about' | 'served' | 'confidence' | 'gain'>;

/** A call and what came of it, whatever was thought of it. */
export function answerRow(
  journey: Pick<Journey, 'route' | 'answers'>,
  attempt: Attempt,
  keepTexts: boolean,
): AnswerRow {
  const tier = journey.route.tiers[attempt.tier];
  const { usage, failure } = attempt;
  const row: AnswerRow = {
    tier: tier?.name ?? '',
    model: attempt.model,
    upstream: tier?.upstream ?? '',
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
  }
  if (attempt.costNanoUsd !== undefined) row.costNanoUsd = attempt.costNanoUsd;
  if (attempt.ttftMs !== undefined) row.ttftMs = attempt.ttftMs;
  if (failure !== undefined) {
    row.errorCode = failure.code;
    row.errorMessage = keepTexts ? inFull(failure) : failure.message;
  }
  const answer = keepTexts ? journey.answers.get(attempt.callId)?.read.view.text : undefined;
  if (answer !== undefined) row.answer = answer;
  return row;
}
