import type { Outcome } from '../routing/cascade.ts';
import type { HttpContext } from './context.ts';
import { ClientGone, type Journey } from './request-state.ts';
import { leastCost } from './money.ts';
import { pacedCost } from './memory/pacing.ts';
import type { Reply } from '../wire/reply.ts';
import { rowsOf } from './rows.ts';

/** The end of a request, however it ended: the record, the metrics, the memory of tool calls. The first call counts. */
export function finish(
  context: HttpContext,
  journey: Journey,
  outcome: Outcome,
  end: { status: number; errorCode?: string },
): void {
  if (journey.finished) return;
  journey.finished = true;
  const latencyMs = performance.now() - journey.startedMs;
  const rows = rowsOf(journey, outcome, { ...end, latencyMs }, context);
  const recorded = context.recorder.record(rows.outcome, rows.attempts);
  const { route, decision, tier, costNanoUsd, baselineNanoUsd } = rows.outcome;
  const least = leastCost(outcome.attempts);
  const paced = pacedCost(tier, least);
  if (paced !== undefined) context.pacing.spent(journey.route, paced);
  context.metrics.finished({
    route,
    decision,
    status: end.status,
    seconds: latencyMs / 1_000,
    ...(tier === undefined ? {} : { tier }),
    ...(least === undefined ? {} : { costNanoUsd: least }),
    ...(costNanoUsd === undefined || baselineNanoUsd === undefined ? {} : { baselineNanoUsd }),
  });
  const { served } = outcome;
  const callIds = served === undefined ? [] : (journey.answers.get(served.callId)?.read.toolCallIds ?? []);
  if (callIds.length > 0 && tier !== undefined)
    context.toolLoops.remember(journey.tenant, route, callIds, tier);
  context.auditor.consider(context, journey, outcome, { recorded });
}

/** What became of a request that ended without the cascade saying so: the client went, or the gateway itself failed. */
export function brokenOutcome(journey: Journey, reason: string): Outcome {
  return { decision: 'failed', attempts: journey.attempts, judgements: [], reason };
}

/** The client went away before its answer was complete. */
export function isGone(journey: Journey): boolean {
  return journey.abort.signal.reason instanceof ClientGone;
}

/** The end of a request whose client has gone. Nobody reads the reply; it ends the exchange with the server. */
export function abandon(context: HttpContext, journey: Journey, outcome: Outcome): Reply {
  // An answer that nobody got was not served.
  const { attempts, judgements, reason } = outcome;
  finish(
    context,
    journey,
    { decision: 'failed', attempts, judgements, reason },
    { status: 499, errorCode: 'client_closed_request' },
  );
  return { status: 499, headers: {}, body: null };
}
