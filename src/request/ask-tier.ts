import { defined } from '../defined.ts';
import { withAddress } from '../errors.ts';
import { hasLogprobs, type Completion } from '../protocol/common/chat.ts';
import type { Attempt, AttemptFailure } from '../routing/attempt.ts';
import type { ModelCall } from '../routing/cascade.ts';
import { ruleOf } from '../routing/rules/rules.ts';
import { textOfMessages } from '../routing/signals/request-text.ts';
import { withoutTextSignals } from '../routing/signals/read-signals.ts';
import {
  createAnswerReader,
  type LiveStream,
  type ReadAnswer,
  readStream,
  type StreamOptions,
} from '../upstream/answer-reader.ts';
import { ALTERNATIVES } from '../upstream/asked-tier.ts';
import type { AnswerOrigin } from '../upstream/held-answer.ts';
import { InvalidAnswer, type RecordedFacts, type UpstreamRequest } from '../upstream/upstream.ts';
import { withinStack } from '../upstream/within-stack.ts';
import type { SseEvent } from '../wire/sse.ts';
import { attemptFailure, rejectionOf } from './attempt-failure.ts';
import { checkAnswer } from './check-answer.ts';
import { refusalOf } from './own-call.ts';
import type { CallContext } from './request-context.ts';
import { spendingOf, spentBefore, type Spent } from './costs/cost.ts';
import { askInstead } from './escalate.ts';
import { learnFromFailure } from './learn-from-failure.ts';
import type { Additions } from './memory/refused-additions.ts';
import { worstCost } from './costs/worst-cost.ts';
import { createAnswerBooking } from './memory/memory-costs.ts';
import type { GivenAnswer, RequestState } from './request-state.ts';
import { assessAnswer, payableSignals, TURNED_AWAY_PATIENCE_MS } from './self-assessment-attempt.ts';
import type { ServedTier } from './served-route.ts';

/**
 * Makes the calls of a request: asks a tier's model, reads its answer, and returns the attempt. Never throws: a call that
 * fails is an attempt with a failure.
 * @param live receives an answer that nothing can replace while it comes; absent if the client does not stream.
 */
export function createAsk(
  context: CallContext,
  state: RequestState,
  live: LiveStream | undefined,
): (call: ModelCall) => Promise<Attempt> {
  return async (call) => {
    const { about } = call;
    const ask = (): Promise<Attempt> => askTier(context, state, call, live);
    const attempt =
      about === undefined
        ? await (call.afterFailure ? askInstead(context, state, call, ask) : ask())
        : await assessAnswer(context, state, { ...call, about });
    state.progress.attempts.push(attempt);
    const tier = state.asked.route.policy.tiers[call.tier]?.name ?? '';
    // Calls that clients wait for are counted apart.
    if (attempt.failure?.unmade === true) context.metrics.notMade(tier, attempt.failure.code);
    else if (state.audit === undefined) context.metrics.attempt(tier, attempt);
    else context.metrics.auditCall(tier, attempt);
    if (attempt.failure !== undefined) logFailure(context, state, tier, attempt.failure);
    return attempt;
  };
}

/** Failures that the client caused: no operator can fix them, and their messages may quote the prompt. */
const CLIENTS_OWN: ReadonlySet<string> = new Set([
  'upstream_rejected',
  'context_length_exceeded',
  'not_recorded',
  'client_closed_request',
]);

export function logFailure(
  { log }: Pick<CallContext, 'log'>,
  {
    asked,
    audit,
  }: Pick<RequestState, 'audit'> & { asked: Pick<RequestState['asked'], 'requestId' | 'route'> },
  tier: string,
  failure: AttemptFailure,
): void {
  const { code } = failure;
  const { requestId, route } = asked;
  const fields = {
    requestId,
    route: route.policy.route,
    tier,
    code,
    ...(audit === undefined ? {} : { audit }),
  };
  const words = failure.scrubbed === undefined ? {} : { said: failure.scrubbed };
  if (CLIENTS_OWN.has(code)) {
    log.debug({ ...fields, ...words }, 'a model call was refused or given up');
    return;
  }
  log.warn({ ...fields, error: withAddress(failure) }, 'a model call failed');
  if (failure.scrubbed !== undefined) log.debug({ ...fields, ...words }, 'what the server said of it');
}

async function askTier(
  context: CallContext,
  state: RequestState,
  call: ModelCall,
  live: LiveStream | undefined,
): Promise<Attempt> {
  const started = performance.now();
  const { route, request, needs, keyId } = state.asked;
  const tier = route.tiers[call.tier];
  // The policy and its tiers are made together: this cannot be reached.
  if (tier === undefined) throw new RangeError(`tier ${call.tier} is not served`);
  const base = {
    callId: call.callId,
    tier: call.tier,
    model: tier.asked.model,
    signals: {},
    vetoes: [],
    shown: false,
  } as const;
  let firstAtMs: number | undefined;
  /** Kept, whatever fails afterwards: an answer that was read was paid for. */
  let known: Spent | undefined;
  const firstWords = () => (firstAtMs === undefined ? {} : { ttftMs: firstAtMs - started });
  const fail = (failure: AttemptFailure, spent: Spent = {}): Attempt => ({
    ...base,
    ...spent,
    latencyMs: performance.now() - started,
    ...firstWords(),
    shown: live?.shownBy === call.callId,
    ...(failure.unbilled === true ? { costNanoUsd: 0 } : {}),
    failure,
  });
  const worst = (): Spent =>
    defined({ worstNanoUsd: worstCost(tier.tier, state.asked.view, isReplaceable(state, call)) });

  // An answer that may still become a 422 is not shown: it could not be taken back.
  const shows = call.live && route.policy.onAbstain === 'serve';
  if (shows) state.progress.liveTier = call.tier;
  let broken: ReadAnswer | undefined;
  const prompt = () => textOfMessages(request.chat.messages);
  try {
    const { answer, recorded, streamed } = await callTier(state, call, tier, {
      live: shows ? live : undefined,
      onFirst: () => {
        firstAtMs = performance.now();
      },
      onBroken: (read) => {
        broken = read;
      },
    });
    const { read } = answer;
    const { upstreamId, fingerprint } = read;
    state.progress.answers.set(call.callId, answer);
    known = await spendingOf(tier.tier, read, prompt, recorded);
    const latencyMs = performance.now() - started;
    const checked =
      recorded?.vetoes === undefined ? checkAnswer(context, state, read.view) : { vetoes: recorded.vetoes };
    const attempt: Attempt = {
      ...base,
      model: read.model ?? tier.asked.model,
      signals: recorded === undefined ? read.signals : { ...read.signals, ...recorded.signals },
      paidSignals: payableSignals(
        tier.tier,
        tier.learned.additions.asking(tier.asked, needs, keyId),
        recorded,
      ),
      ...(checked instanceof Promise ? await checked : checked),
      ...known,
      latencyMs,
      ...firstWords(),
      shown: live?.shownBy === call.callId,
      streamed,
    };
    if (upstreamId !== undefined) attempt.upstreamId = upstreamId;
    if (fingerprint !== undefined) attempt.fingerprint = fingerprint;
    tier.learned.errors.answered(keyId);
    if (needs.length > 0) tier.learned.abilities.answered(needs);
    return attempt;
  } catch (error) {
    const rejection = rejectionOf(error);
    if (rejection !== undefined) state.progress.rejection = rejection.body;
    const found = attemptFailure(context.log, error, state, tier.asked);
    const failure = learnFromFailure(context, state, call, { error, failure: found, tier });
    const wasUnderWay = state.abort.signal.aborted && failure.unbilled !== true && !tier.recorded;
    const spent = known ?? (await spentBefore(tier.tier, { read: broken, prompt, wasUnderWay }));
    return fail(
      failure,
      spent.costNanoUsd === undefined && failure.unbilled !== true ? { ...spent, ...worst() } : spent,
    );
  }
}

interface Called {
  answer: GivenAnswer;
  recorded: RecordedFacts | undefined;
  /** A stream was asked for, whatever came. */
  streamed: boolean;
}

async function callTier(
  state: RequestState,
  call: ModelCall,
  tier: ServedTier,
  stream: Pick<StreamOptions, 'live' | 'onFirst' | 'onBroken'>,
  refused: Additions = NOTHING_REFUSED,
): Promise<Called> {
  const { needs, keyId } = state.asked;
  const { additions } = tier.learned;
  const asked = additions.asking(tier.asked, needs, keyId);
  try {
    if (refused === NOTHING_REFUSED)
      return await callOnce(state, call, asked === tier.asked ? tier : { ...tier, asked }, stream);
    const called = await callOnce(state, call, { ...tier, asked: { ...asked, ...refused } }, stream);
    // Only now is it known that this was what the server did not take.
    additions.refused(refused, needs, keyId);
    return called;
  } catch (error) {
    const more = addedInVain(state, call, { ...tier, asked: { ...asked, ...refused } }, error);
    if (more === undefined || stream.live?.shownBy === call.callId) throw error;
    return callTier(state, call, tier, stream, { ...refused, ...more });
  }
}

const NOTHING_REFUSED: Additions = {};

/**
 * What to leave out of a call that a server refused for what the gateway had added to it. A client that asked for it itself
 * has to be told that the server does not take it.
 */
function addedInVain(
  state: RequestState,
  call: ModelCall,
  tier: ServedTier,
  error: unknown,
): Additions | undefined {
  const failure = refusalOf(error);
  if (failure === undefined || state.abort.signal.aborted) return undefined;
  const { chat } = state.asked.request;
  const { dialect, asked } = tier;
  const mode = modeOf(state, call, tier);
  const addedUsage =
    mode.stream && asked.streamUsage !== 'none' && chat.stream_options?.include_usage !== true;
  if (addedUsage && dialect.refusesStreamUsage?.(failure) === true) return { streamUsage: 'none' };
  if (!mode.logprobs || chat.logprobs === true || !dialect.refusesLogprobs(failure)) return undefined;
  return { logprobs: asked.logprobs !== 'plain' && mode.stream ? 'plain' : 'none' };
}

async function callOnce(
  state: RequestState,
  call: ModelCall,
  tier: ServedTier,
  stream: Pick<StreamOptions, 'live' | 'onFirst' | 'onBroken'>,
): Promise<Called> {
  const { request, requestId, keyId } = state.asked;
  const { asked, dialect } = tier;
  const mode = modeOf(state, call, tier);
  const { dropped, body, stream: streams, headers: own } = dialect.writeRequest(request, asked, mode);
  const unsaid = dialect.format === request.format ? undefined : request.unsaid;
  state.progress.dropped.set(call.callId, unsaid === undefined ? dropped : [...unsaid, ...dropped]);
  const booking = createAnswerBooking(state.holding, state.abort);
  const sent: UpstreamRequest = {
    body,
    stream: streams,
    model: asked.model,
    requestId,
    keyId,
    signal: state.abort.signal,
    onBytes: booking.whole,
  };
  if (own !== undefined) sent.headers = own;
  if (!call.live) sent.patienceMs = TURNED_AWAY_PATIENCE_MS;
  // Nobody waits for an audit, which needs the answer of this very tier.
  if (!call.live && state.audit === undefined) sent.canGoOn = true;
  const reply = await tier.upstream.chat(sent);
  const { recorded, headers } = reply;
  const { format } = dialect;
  // Whether log-probabilities were asked for that the client did not ask for.
  const added =
    mode.logprobs && !(request.chat.logprobs === true && (request.chat.top_logprobs ?? 0) >= ALTERNATIVES);
  if (reply.kind === 'stream') {
    const origin: AnswerOrigin = { format, addedLogprobs: added };
    const isHeld = state.asked.protocol.repeatsAnswer === true && format !== request.format;
    const { read, events } = await readStream(reply.events, {
      dialect,
      origin,
      upstream: asked.upstream,
      callId: call.callId,
      headers,
      onEvent: isHeld ? (characters) => booking.event(characters, false) : booking.event,
      ...stream,
    });
    const content = { kind: 'events' as const, events, chunks: () => chunksOf(tier, events) };
    return {
      answer: { headers, read: asRecorded(read, recorded), held: { ...origin, content } },
      recorded,
      streamed: streams,
    };
  }
  if (reply.kind === 'bytes') throw new InvalidAnswer(`Upstream '${asked.upstream}' sent no answer.`);
  const { completion, ends, mended } = withinStack(asked.upstream, () =>
    dialect.readWhole(reply.text, asked, 'signals'),
  );
  const text = mended ?? reply.text;
  const reader = createAnswerReader();
  reader.add(completion);
  const content = {
    kind: 'whole' as const,
    text,
    ends,
    completion: () => dialect.readWhole(text, asked, 'all').completion,
  };
  // If none came, none has to be removed.
  const held = { format, addedLogprobs: added && hasLogprobs(completion), content };
  return {
    answer: { headers, read: asRecorded(reader.finish(), recorded), held },
    recorded,
    streamed: streams,
  };
}

/** A stream's events once more, in the common form. */
function chunksOf({ dialect, asked }: ServedTier, events: readonly SseEvent[]): (Completion | undefined)[] {
  const readEvent = dialect.openStream(asked);
  return events.map((event) => {
    const chunk = readEvent(event);
    return chunk === 'done' || chunk === 'heartbeat' ? undefined : chunk;
  });
}

/** An answer whose text was not recorded has no text, so that no check judges it. */
function asRecorded(read: ReadAnswer, recorded: RecordedFacts | undefined): ReadAnswer {
  if (recorded?.hasText !== false) return read;
  return { ...read, signals: withoutTextSignals(read.signals), view: { ...read.view, text: undefined } };
}

/** Whether a later tier can take the place of the answer. An audit asks each tier as the route does. */
function isReplaceable({ asked: { route }, audit }: RequestState, { tier, live }: ModelCall): boolean {
  return audit === undefined ? !live : tier < route.tiers.length - 1;
}

/** Whether to stream, and whether to ask for log-probabilities of our own: never both where the server cannot. */
function modeOf(
  state: RequestState,
  call: ModelCall,
  { asked: { logprobs: come } }: ServedTier,
): { stream: boolean; logprobs: boolean; isReplaceable: boolean } {
  const { asked, audit } = state;
  const { route } = asked;
  const { chat } = asked.request;
  const replaceable = isReplaceable(state, call);
  // No client waits for the words of an audit's answers, and each is judged.
  if (audit !== undefined) return { stream: false, logprobs: come !== 'none', isReplaceable: replaceable };
  const isWeighed = !call.live || call.weighed === true;
  const logprobs = isWeighed && ruleOf(route.policy.rule).asksLogprobs && come !== 'none';
  const hasTools = chat.tools != null && chat.tools.length > 0;
  // llama.cpp's server and LM Studio refuse log-probabilities with tools in a stream.
  const whole = ((logprobs || chat.logprobs === true) && come === 'plain') || (logprobs && hasTools);
  return { stream: chat.stream === true && !whole, logprobs, isReplaceable: replaceable };
}
