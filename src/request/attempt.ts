import { withAddress } from '../errors.ts';
import { hasLogprobs } from '../protocol/common/chat.ts';
import type { AnswerEdits } from '../protocol/openai-chat/edit-answer.ts';
import type { Attempt, AttemptFailure } from '../routing/attempt.ts';
import type { ModelCall } from '../routing/cascade.ts';
import { ruleOf } from '../routing/rules/rules.ts';
import { vetoes } from '../routing/checks.ts';
import { textOfMessages } from '../routing/signals/request-text.ts';
import type { RecordedFacts, UpstreamReply } from '../upstream/upstream.ts';
import { adaptRequest, ALTERNATIVES } from '../upstream/openai-compatible/adapt-request.ts';
import { createAnswerReader, type ReadAnswer } from '../upstream/openai-compatible/answer-reader.ts';
import { failureOf, refusesLogprobs, rejectionOf } from './attempt-failure.ts';
import type { HttpContext, ServedTier } from './context.ts';
import type { HeldAnswer, Journey } from './request-state.ts';
import { withoutTextSignals } from '../routing/signals/read-signals.ts';
import { askPaid, PATIENCE_MS, payableSignals } from './self-assessment-attempt.ts';
import { parseCompletion } from '../upstream/openai-compatible/parse-completion.ts';
import {
  readStream,
  type LiveStream,
  type StreamOptions,
} from '../upstream/openai-compatible/read-stream.ts';
import { spentOn } from './usage.ts';

/**
 * What makes the calls of a request: asks a tier's model, reads its answer, and gives the attempt. Never throws: a call
 * that fails is an attempt with a failure.
 * @param live where an answer that nothing can replace goes while it comes; absent for a client that does not stream.
 */
export function createAsk(
  context: HttpContext,
  journey: Journey,
  live: LiveStream | undefined,
): (call: ModelCall) => Promise<Attempt> {
  return async (call) => {
    const { about } = call;
    const attempt =
      about === undefined
        ? await askOnce(context, journey, call, live)
        : await askPaid(context, journey, { ...call, about });
    journey.attempts.push(attempt);
    const tier = journey.route.policy.tiers[call.tier]?.name ?? '';
    context.metrics.attempt(tier, attempt);
    if (attempt.failure !== undefined) logFailure(context, journey, tier, attempt.failure);
    return attempt;
  };
}

/** Failures of the client's own doing: no operator can mend them, and their messages may quote the prompt. */
const CLIENTS_OWN: ReadonlySet<string> = new Set([
  'upstream_rejected',
  'context_length_exceeded',
  'not_recorded',
  'client_closed_request',
]);

function logFailure(context: HttpContext, journey: Journey, tier: string, failure: AttemptFailure): void {
  const { code } = failure;
  const { requestId, route, audit } = journey;
  const fields = {
    requestId,
    route: route.policy.route,
    tier,
    code,
    ...(audit === undefined ? {} : { audit }),
  };
  if (CLIENTS_OWN.has(code)) context.log.debug(fields, 'a model call was refused or given up');
  else context.log.warn({ ...fields, error: withAddress(failure) }, 'a model call failed');
}

async function askOnce(
  context: HttpContext,
  journey: Journey,
  call: ModelCall,
  live: LiveStream | undefined,
): Promise<Attempt> {
  const started = performance.now();
  const tier = journey.route.tiers[call.tier];
  // The policy and its tiers are made together: this cannot be reached.
  if (tier === undefined) throw new RangeError(`tier ${call.tier} is not served`);
  const base = {
    callId: call.callId,
    tier: call.tier,
    model: tier.model,
    signals: {},
    vetoes: [],
    shown: false,
  } as const;
  let firstAtMs: number | undefined;
  const firstWords = () => (firstAtMs === undefined ? {} : { ttftMs: firstAtMs - started });
  const fail = (failure: AttemptFailure): Attempt => ({
    ...base,
    latencyMs: performance.now() - started,
    ...firstWords(),
    shown: live?.shownBy === call.callId,
    ...(failure.unbilled === true ? { costNanoUsd: 0 } : {}),
    failure,
  });

  // What may still become a 422 is not shown: it could not be taken back.
  const shows = call.live && journey.route.policy.onAbstain === 'serve';
  if (shows) journey.liveTier = call.tier;
  const refused = call.afterFailure ? refusedByAllowance(context, journey) : undefined;
  if (refused !== undefined) return fail(refused);
  try {
    const { held, recorded } = await callTier(context, journey, call, tier, {
      live: shows ? live : undefined,
      onFirst: () => {
        firstAtMs = performance.now();
      },
    });
    const { read } = held;
    const { upstreamId, fingerprint } = read;
    journey.answers.set(call.callId, held);
    const policyTier = journey.route.policy.tiers[call.tier];
    const spent = await spentOn(policyTier, read, () => textOfMessages(journey.request.messages), recorded);
    const attempt: Attempt = {
      ...base,
      model: read.model ?? tier.model,
      signals: recorded === undefined ? read.signals : { ...read.signals, ...recorded.signals },
      paidSignals: payableSignals(policyTier ?? {}, tier, recorded),
      vetoes: recorded?.vetoes ?? vetoes(read.view, journey.expected),
      ...spent,
      latencyMs: performance.now() - started,
      ...firstWords(),
      shown: live?.shownBy === call.callId,
    };
    if (upstreamId !== undefined) attempt.upstreamId = upstreamId;
    if (fingerprint !== undefined) attempt.fingerprint = fingerprint;
    return attempt;
  } catch (error) {
    const rejection = rejectionOf(error);
    if (rejection !== undefined) journey.rejection = rejection.body;
    return fail(failureOf(context, error, journey, tier));
  }
}

function refusedByAllowance(context: HttpContext, journey: Journey): AttemptFailure | undefined {
  const previous = journey.attempts.at(-1);
  // The upstream is well, as if its context had been known before. (What it rejects counts: the cause may be its settings.)
  if (previous?.failure?.code === 'context_length_exceeded') return undefined;
  const upstream = journey.route.tiers[previous?.tier ?? 0]?.upstream ?? '';
  const taken = context.allowance.take(upstream);
  if (taken.ok) return undefined;
  const why = previous?.failure?.message.replace(/\.$/, '') ?? 'no answer';
  const message =
    `Upstream '${upstream}' failed (${why}), and its hourly allowance for asking a later tier instead is used up ` +
    `(\`upstreams.${upstream}.failureAllowancePerHour\`); try again later.`;
  return {
    code: 'failure_allowance_exhausted',
    message,
    status: 503,
    retryAfterMs: taken.retryAfterMs,
    final: true,
    unbilled: true,
  };
}

interface Called {
  held: HeldAnswer;
  recorded?: RecordedFacts;
}

async function callTier(
  context: HttpContext,
  journey: Journey,
  call: ModelCall,
  tier: ServedTier,
  stream: Pick<StreamOptions, 'live' | 'onFirst'>,
): Promise<Called> {
  const mode = modeOf(journey, call, tier);
  const adapted = adaptRequest(journey.text, journey.request, tier, mode);
  journey.dropped.set(call.callId, adapted.dropped);
  let reply: UpstreamReply;
  try {
    reply = await context.call(tier.upstream, {
      model: tier.model,
      body: adapted.body,
      stream: adapted.stream,
      requestId: journey.requestId,
      ...(call.live ? {} : { patienceMs: PATIENCE_MS }),
      signal: journey.abort.signal,
    });
  } catch (error) {
    // Servers and models that take no `logprobs` say so; whoever asked for them has to be told, we have not.
    if (!mode.logprobs || journey.request.logprobs === true || !refusesLogprobs(error)) throw error;
    tier.logprobs = tier.logprobs !== 'plain' && mode.stream ? 'plain' : 'none';
    return callTier(context, journey, call, tier, stream);
  }
  const { recorded } = reply;
  const facts = recorded === undefined ? {} : { recorded };
  if (reply.kind === 'stream') {
    const { read, chunks } = await readStream(reply.events, {
      upstream: tier.upstream,
      callId: call.callId,
      headers: reply.headers,
      edits: editsOf(journey, mode.logprobs),
      ...stream,
    });
    const held: HeldAnswer = {
      headers: reply.headers,
      read: asRecorded(read, recorded),
      content: { kind: 'chunks', chunks },
    };
    return { held, ...facts };
  }
  const reader = createAnswerReader();
  const { completion, ends } = parseCompletion(reply.text, tier);
  reader.add(completion);
  // Where none came, none has to be taken out.
  const edits = editsOf(journey, mode.logprobs && hasLogprobs(completion));
  return {
    held: {
      headers: reply.headers,
      read: asRecorded(reader.finish(), recorded),
      content: { kind: 'json', text: reply.text, edits, ends },
    },
    ...facts,
  };
}

/** An answer whose text was not kept has no words, and no check may judge it. */
function asRecorded(read: ReadAnswer, recorded: RecordedFacts | undefined): ReadAnswer {
  if (recorded?.hasText !== false) return read;
  return { ...read, signals: withoutTextSignals(read.signals), view: { ...read.view, text: undefined } };
}

/** Whether to stream, and whether to ask for log-probabilities of our own: never both where the server cannot. */
function modeOf(
  { request, route, audit }: Journey,
  call: ModelCall,
  tier: ServedTier,
): { stream: boolean; logprobs: boolean } {
  // Nobody waits for the words of an audit's answers, and each is judged.
  if (audit !== undefined) return { stream: false, logprobs: tier.logprobs !== 'none' };
  const logprobs = !call.live && ruleOf(route.policy.rule).asksLogprobs && tier.logprobs !== 'none';
  const hasTools = request.tools != null && request.tools.length > 0;
  // llama.cpp's server and LM Studio refuse log-probabilities with tools in a stream.
  const whole =
    ((logprobs || request.logprobs === true) && tier.logprobs === 'plain') || (logprobs && hasTools);
  return { stream: request.stream === true && !whole, logprobs };
}

/** What has to be taken out again before the client sees this call's answer. */
function editsOf({ request, completionId }: Journey, askedLogprobs: boolean): AnswerEdits {
  const wanted = request.top_logprobs ?? 0;
  const added = askedLogprobs && !(request.logprobs === true && wanted >= ALTERNATIVES);
  return {
    id: completionId,
    logprobs: !added ? 'keep' : request.logprobs === true ? { alternatives: wanted } : 'remove',
    removeUsage: request.stream === true && request.stream_options?.include_usage !== true,
  };
}
