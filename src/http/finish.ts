import type { Outcome } from '../routing/cascade.ts';
import type { HttpContext } from './context.ts';
import type { Journey } from './journey.ts';
import { rowsOf } from './rows.ts';

/** The end of a request, however it ended: the record, the metrics, the memory of tool calls. Called once. */
export function finish(context: HttpContext, journey: Journey, outcome: Outcome, end: { status: number; errorCode?: string }): void {
  const latencyMs = performance.now() - journey.startedMs;
  const rows = rowsOf(journey, outcome, { ...end, latencyMs }, context);
  context.recorder.record(rows.outcome, rows.attempts);
  const { route, decision, tier, costNanoUsd, baselineNanoUsd } = rows.outcome;
  context.metrics.finished({
    route,
    decision,
    status: end.status,
    seconds: latencyMs / 1_000,
    ...(tier === undefined ? {} : { tier }),
    ...(costNanoUsd === undefined ? {} : { costNanoUsd }),
    ...(baselineNanoUsd === undefined ? {} : { baselineNanoUsd }),
  });
  const { served } = outcome;
  const callIds = served === undefined ? [] : (journey.answers.get(served.callId)?.read.toolCallIds ?? []);
  if (callIds.length > 0 && tier !== undefined) context.toolLoops.remember(journey.tenant, route, callIds, tier);
}

/** What became of a request that ended without the cascade saying so: the client went, or the gateway itself failed. */
export function brokenOutcome(journey: Journey, reason: string): Outcome {
  return { decision: 'failed', attempts: journey.attempts, judgements: [], reason };
}
