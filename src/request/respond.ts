import { clientErrorOf, errorReply } from '../protocol/common/client-error.ts';
import type { AttemptFailure } from '../routing/attempt.ts';
import type { Outcome } from '../routing/cascade.ts';
import type { StreamRenderer } from '../protocol/protocol.ts';
import type { LiveStream } from '../upstream/answer-reader.ts';
import type { Reply } from '../wire/http-message.ts';
import { createEventStream, type EventStream } from '../wire/sse.ts';
import { clientErrorOfFailure } from './attempt-failure.ts';
import type { CallContext, RecordContext, RequestContext } from './request-context.ts';
import { abandon, brokenOutcome, finish } from './finish.ts';
import { keepStreamed, type KeepContext } from './memory/keep-answer.ts';
import { ClientGone, isGone, type GivenAnswer, type RequestState } from './request-state.ts';
import { earlySummary, explained, headersOf, rateLimitHeaders, summaryOf } from './summary.ts';

/** The response to a client that does not stream: the upstream's own answer as the protocol renders it, or an error. */
export function respondWhole(context: RecordContext, state: RequestState, outcome: Outcome): Reply {
  const { protocol, answerId: id, request, requestId, explain, startedMs } = state.asked;
  const summary = summaryOf(state, outcome);
  const headers = headersOf(summary, requestId);
  const answer = servedAnswer(state, outcome);
  const held = answer?.held;
  if (answer === undefined || held?.content.kind !== 'whole')
    return respondFailure(context, state, outcome, headers);
  const { content } = held;
  const exchange = { id, request, requestId };
  const body = protocol.renderWhole(
    { ...held, content },
    explain ? { ...exchange, explanation: explained(state, summary, outcome) } : exchange,
  );
  state.progress.ttftMs = performance.now() - startedMs;
  finish(context, state, outcome, { status: 200 });
  return {
    status: 200,
    headers: Object.assign(headers, { 'content-type': 'application/json' }, rateLimitHeaders(answer.headers)),
    body,
  };
}

/** Nothing can be served; no byte of an answer has gone out. */
function respondFailure(
  context: RecordContext,
  state: RequestState,
  outcome: Outcome,
  headers: Record<string, string>,
): Reply {
  const failure = failureOfOutcome(outcome);
  const error = clientErrorOfFailure(failure, state.progress.rejection);
  finish(context, state, outcome, { status: error.status, errorCode: failure.code });
  return errorReply(error, headers, state.asked.protocol.renderError(error, state.asked.requestId));
}

function failureOfOutcome({ failure, reason }: Outcome): AttemptFailure {
  return failure ?? { code: 'upstream_error', message: reason, status: 502 };
}

function servedAnswer({ progress }: RequestState, { served }: Outcome): GivenAnswer | undefined {
  return served === undefined ? undefined : progress.answers.get(served.callId);
}

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
  context: RequestContext,
  state: RequestState,
  run: (live: LiveStream) => Promise<Outcome>,
): Promise<Reply> {
  const { protocol, answerId: id, request, route, requestId, startedMs } = state.asked;
  const renderer = protocol.openStream({ id, request, requestId });
  const out = createEventStream(state.abort.signal, () => state.abort.abort(new ClientGone()));
  const begun = Promise.withResolvers<'begun'>();
  let shownModel: string | undefined;
  let upstreamHeaders: Readonly<Record<string, string>> = {};
  const live: LiveStream = {
    shownBy: undefined,
    show(callId, { headers, model }) {
      live.shownBy = callId;
      state.progress.ttftMs = performance.now() - startedMs;
      upstreamHeaders = headers;
      shownModel = model;
      begun.resolve('begun');
    },
    render: renderer.event,
    write: out.write,
  };
  const decided = run(live);
  const patience = setTimeout(() => begun.resolve('begun'), route.headerWaitMs);
  const first = await Promise.race([begun.promise, decided]).finally(() => clearTimeout(patience));
  if (first !== 'begun' && live.shownBy === undefined) return respondDecided(context, state, first, renderer);

  const shown =
    live.shownBy === undefined
      ? undefined
      : { callId: live.shownBy, tier: shownTier(state), model: shownModel };
  const headers = headersOf(earlySummary(state, shown), requestId);
  const alive = keepAlive(out, renderer, route.keepAliveMs);
  void context.underWay.add(
    decided
      .then(
        (outcome) => complete(context, state, outcome, { live, renderer, out }),
        (error: unknown) => breakOff(context, state, error, { renderer, out }),
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
async function respondDecided(
  context: RecordContext & KeepContext,
  state: RequestState,
  outcome: Outcome,
  renderer: StreamRenderer,
): Promise<Reply> {
  const headers = headersOf(summaryOf(state, outcome), state.asked.requestId);
  if (isGone(state)) return abandon(context, state, outcome);
  const answer = servedAnswer(state, outcome);
  if (answer?.held === undefined) return respondFailure(context, state, outcome, headers);
  const body = renderer.answer(answer.held) + renderer.end(decisionOf(state, outcome));
  state.progress.ttftMs = performance.now() - state.asked.startedMs;
  finish(context, state, outcome, { status: 200 });
  if (state.asked.request.keep === true) await keepStreamed(context, state, renderer);
  return {
    status: 200,
    headers: { ...STREAM_HEADERS, ...headers, ...rateLimitHeaders(answer.headers) },
    body,
  };
}

interface OpenStream {
  live: LiveStream;
  renderer: StreamRenderer;
  out: EventStream;
}

/** The headers have gone: the rest of the answer and its end, or one error. */
async function complete(
  context: RecordContext & KeepContext,
  state: RequestState,
  outcome: Outcome,
  { live, renderer, out }: OpenStream,
): Promise<void> {
  if (isGone(state)) {
    abandon(context, state, outcome);
    return;
  }
  const held = servedAnswer(state, outcome)?.held;
  if (held === undefined) {
    const failure = failureOfOutcome(outcome);
    // Before the error goes out: the client may ask for the decision at once.
    finish(context, state, outcome, { status: 200, errorCode: failure.code });
    await out.write(renderer.error(clientErrorOfFailure(failure, state.progress.rejection)));
    return;
  }
  const isShown = live.shownBy === outcome.served?.callId;
  if (!isShown) state.progress.ttftMs = performance.now() - state.asked.startedMs;
  finish(context, state, outcome, { status: 200 });
  if (!isShown) await out.write(renderer.answer(held));
  const end = renderer.end(decisionOf(state, outcome));
  if (state.asked.request.keep === true) await keepStreamed(context, state, renderer);
  await out.write(end);
}

async function breakOff(
  context: RecordContext & Pick<CallContext, 'log'>,
  state: RequestState,
  error: unknown,
  { renderer, out }: Omit<OpenStream, 'live'>,
): Promise<void> {
  const { requestId } = state.asked;
  context.log.error({ requestId, error: String(error) }, 'a request failed inside the gateway');
  finish(context, state, brokenOutcome(state), { status: 200, errorCode: 'internal_error' });
  await out.write(renderer.error(clientErrorOf(error)));
}

/** The call that is shown is under way: the cascade has no attempt of it yet, and it is at the last tier allowed. */
function shownTier({ progress, asked }: RequestState): number {
  return progress.liveTier ?? asked.route.tiers.length - 1;
}

/** The decision as JSON text, with its reasons where the client wants them. */
function decisionOf(state: RequestState, outcome: Outcome): string {
  const summary = summaryOf(state, outcome);
  return state.asked.explain ? explained(state, summary, outcome) : JSON.stringify(summary);
}

function keepAlive(out: EventStream, renderer: StreamRenderer, intervalMs: number): NodeJS.Timeout {
  return setInterval(() => {
    if (performance.now() - out.lastWriteMs() >= intervalMs / 2) out.send(renderer.keepAlive());
  }, intervalMs);
}
