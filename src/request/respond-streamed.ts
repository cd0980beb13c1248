import { DONE, formatComment, formatEvent } from '../wire/sse.ts';
import { isCompletion } from '../protocol/common/chat.ts';
import { editAnswer } from '../protocol/openai-chat/edit-answer.ts';
import { synthesiseStream } from '../protocol/openai-chat/synthesise-stream.ts';
import type { Outcome } from '../routing/cascade.ts';
import type { HttpContext } from './context.ts';
import { showError, showFailure } from '../protocol/common/client-error.ts';
import { createEventStream, type EventStream } from '../wire/event-stream.ts';
import { abandon, brokenOutcome, finish, isGone } from './finish.ts';
import { ClientGone, type HeldAnswer, type Journey } from './request-state.ts';
import type { LiveStream } from '../upstream/read-stream.ts';
import type { Reply } from '../wire/reply.ts';
import { earlySummary, headersOf, rateLimitHeaders, summaryOf } from './summary.ts';
import { respondFailure } from './respond.ts';

const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  'x-accel-buffering': 'no',
};

/**
 * The response to a client that streams. Its headers wait for the decision, or for the first characters of an answer
 * that nothing can replace, or for the route's `headerWait`; then they go out with what is known.
 * @param run drives the cascade; what is live goes where it is told.
 */
export async function respondStreamed(
  context: HttpContext,
  journey: Journey,
  run: (live: LiveStream) => Promise<Outcome>,
): Promise<Reply> {
  const out = createEventStream(journey.abort.signal, () => journey.abort.abort(new ClientGone()));
  const begun = Promise.withResolvers<'begun'>();
  let shownModel: string | undefined;
  let upstreamHeaders: Readonly<Record<string, string>> = {};
  const live: LiveStream = {
    shownBy: undefined,
    show(callId, { headers, model }) {
      live.shownBy = callId;
      journey.ttftMs = performance.now() - journey.startedMs;
      upstreamHeaders = headers;
      shownModel = model;
      begun.resolve('begun');
    },
    write: (chunks) => out.write(chunks),
  };
  const decided = run(live);
  const patience = setTimeout(() => begun.resolve('begun'), journey.route.headerWaitMs);
  const first = await Promise.race([begun.promise, decided]).finally(() => clearTimeout(patience));
  if (first !== 'begun' && live.shownBy === undefined) return respondDecided(context, journey, first);

  const shown =
    live.shownBy === undefined
      ? undefined
      : { callId: live.shownBy, tier: shownTier(journey), model: shownModel };
  const headers = headersOf(earlySummary(journey, shown), journey.requestId);
  const alive = keepAlive(out, journey.route.keepAliveMs);
  void context.underWay.add(
    decided
      .then(
        (outcome) => complete(context, journey, outcome, live, out),
        (error: unknown) => breakOff(context, journey, error, out),
      )
      .finally(() => {
        clearInterval(alive);
        out.end();
      }),
  );
  return {
    status: 200,
    headers: { ...STREAM_HEADERS, ...headers, ...rateLimitHeaders(upstreamHeaders) },
    body: out.body,
  };
}

/** The decision came before the headers had to go: they carry all of it, and the stream is ready. */
function respondDecided(context: HttpContext, journey: Journey, outcome: Outcome): Reply {
  const summary = summaryOf(journey, outcome);
  const headers = headersOf(summary, journey.requestId);
  if (isGone(journey)) return abandon(context, journey, outcome);
  const answer = outcome.served === undefined ? undefined : journey.answers.get(outcome.served.callId);
  if (answer === undefined) return respondFailure(context, journey, outcome, headers);
  const text = [
    ...chunksOf(journey, answer).map(formatEvent),
    closingComment(journey, outcome),
    formatEvent(DONE),
  ].join('');
  journey.ttftMs = performance.now() - journey.startedMs;
  finish(context, journey, outcome, { status: 200 });
  return {
    status: 200,
    headers: { ...STREAM_HEADERS, ...headers, ...rateLimitHeaders(answer.headers) },
    body: text,
  };
}

/** The headers have gone: the rest of the answer, or one error event and no `[DONE]`. */
async function complete(
  context: HttpContext,
  journey: Journey,
  outcome: Outcome,
  live: LiveStream,
  out: EventStream,
): Promise<void> {
  const { served } = outcome;
  if (isGone(journey)) {
    abandon(context, journey, outcome);
    return;
  }
  const answer = served === undefined ? undefined : journey.answers.get(served.callId);
  if (served === undefined || answer === undefined) {
    const failure = outcome.failure ?? { code: 'upstream_error', message: outcome.reason, status: 502 };
    // Before the events: whoever reads them may ask for the decision at once.
    finish(context, journey, outcome, { status: 200, errorCode: failure.code });
    await out.write([JSON.stringify(showFailure(failure, journey.rejection).body)]);
    return;
  }
  if (live.shownBy !== served.callId) journey.ttftMs = performance.now() - journey.startedMs;
  finish(context, journey, outcome, { status: 200 });
  if (live.shownBy !== served.callId) await out.write(chunksOf(journey, answer));
  out.comment(closingText(journey, outcome));
  await out.write([DONE]);
}

async function breakOff(
  context: HttpContext,
  journey: Journey,
  error: unknown,
  out: EventStream,
): Promise<void> {
  context.log.error(
    { requestId: journey.requestId, error: String(error) },
    'a request failed inside the gateway',
  );
  finish(context, journey, brokenOutcome(journey, 'The gateway failed.'), {
    status: 200,
    errorCode: 'internal_error',
  });
  await out.write([JSON.stringify(showError(error).body)]);
}

/** The call that is shown is under way: the cascade has no attempt of it yet, and it is at the last tier allowed. */
function shownTier(journey: Journey): number {
  return journey.liveTier ?? journey.route.tiers.length - 1;
}

/** The answer as chunks for the client; one that came whole becomes a stream. */
function chunksOf({ request }: Journey, { content }: HeldAnswer): readonly string[] {
  if (content.kind === 'chunks') return content.chunks;
  // `removeUsage` is about chunks: what a whole answer says of its usage becomes a chunk where it is wanted.
  const value: unknown = JSON.parse(
    editAnswer(content.text, { ...content.edits, removeUsage: false }).toString(),
  );
  return isCompletion(value)
    ? synthesiseStream(value, { usage: request.stream_options?.include_usage === true })
    : [];
}

function closingText(journey: Journey, outcome: Outcome): string {
  const summary = summaryOf(journey, outcome);
  return `weir ${JSON.stringify(journey.explain ? { ...summary, judgements: outcome.judgements } : summary)}`;
}

function closingComment(journey: Journey, outcome: Outcome): string {
  return formatComment(closingText(journey, outcome));
}

function keepAlive(out: EventStream, intervalMs: number): NodeJS.Timeout {
  return setInterval(() => {
    if (performance.now() - out.lastWriteMs() >= intervalMs / 2) out.comment('keep-alive');
  }, intervalMs);
}
