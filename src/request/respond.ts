import { editAnswer } from '../protocol/openai-chat/edit-answer.ts';
import type { Outcome } from '../routing/cascade.ts';
import type { HttpContext } from './context.ts';
import { errorReply, showFailure } from '../protocol/common/client-error.ts';
import { finish } from './finish.ts';
import type { Journey } from './request-state.ts';
import type { Reply } from '../wire/reply.ts';
import { headersOf, rateLimitHeaders, summaryOf } from './summary.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

/** The response to a client that does not stream: the upstream's own JSON with the gateway's id, or an error. */
export function respondWhole(context: HttpContext, journey: Journey, outcome: Outcome): Reply {
  const summary = summaryOf(journey, outcome);
  const headers = headersOf(summary, journey.requestId);
  const answer = outcome.served === undefined ? undefined : journey.answers.get(outcome.served.callId);
  if (answer?.content.kind !== 'json') return respondFailure(context, journey, outcome, headers);
  const edit = editAnswer(answer.content.text, answer.content.edits, answer.content.ends);
  if (journey.explain) edit.set('weir', JSON.stringify({ ...summary, judgements: outcome.judgements }));
  const body = edit.toString();
  journey.ttftMs = performance.now() - journey.startedMs;
  finish(context, journey, outcome, { status: 200 });
  return {
    status: 200,
    headers: Object.assign(headers, JSON_TYPE, rateLimitHeaders(answer.headers)),
    body,
  };
}

/** Nothing can be served; no byte of an answer has gone out. */
export function respondFailure(
  context: HttpContext,
  journey: Journey,
  outcome: Outcome,
  headers: Record<string, string>,
): Reply {
  const failure = outcome.failure ?? { code: 'upstream_error', message: outcome.reason, status: 502 };
  const shown = showFailure(failure, journey.rejection);
  finish(context, journey, outcome, { status: shown.status, errorCode: failure.code });
  return errorReply(shown, headers);
}
