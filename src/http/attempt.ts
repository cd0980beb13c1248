import { ERRORS, WeirError } from '../errors.ts';
import { isCompletion, type Completion } from '../openai/chat.ts';
import type { AnswerEdits } from '../openai/edit-answer.ts';
import type { Ends } from '../openai/json-scan.ts';
import { parseAnswer, type ParsedAnswer } from '../openai/parse-answer.ts';
import type { Attempt, AttemptFailure, Usage } from '../routing/attempt.ts';
import type { ModelCall } from '../routing/cascade.ts';
import { vetoes } from '../routing/checks.ts';
import { textOfMessages } from '../routing/request-features.ts';
import type { UpstreamFailure, UpstreamReply } from '../upstream/upstream.ts';
import { adaptRequest, ALTERNATIVES } from './adapt.ts';
import { createAnswerReader, type ReadAnswer } from './answer-reader.ts';
import type { HttpContext, ServedTier } from './context.ts';
import { countTokens } from './count-tokens.ts';
import { ClientGone, type HeldAnswer, type Journey } from './journey.ts';
import { InvalidAnswer } from './invalid-answer.ts';
import { costOf } from './money.ts';
import { readStream, type LiveStream } from './read-stream.ts';

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
    const attempt = await askOnce(context, journey, call, live);
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
  const { code, message } = failure;
  const fields = { requestId: journey.requestId, route: journey.route.policy.route, tier, code };
  if (CLIENTS_OWN.has(code)) context.log.debug(fields, 'a model call was refused or given up');
  else context.log.warn({ ...fields, error: message }, 'a model call failed');
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
  const fail = (failure: AttemptFailure): Attempt => ({
    ...base,
    latencyMs: performance.now() - started,
    shown: live?.shownBy === call.callId,
    failure,
  });

  if (call.live) journey.liveTier = call.tier;
  const refused = call.afterFailure ? refusedByAllowance(context, journey) : undefined;
  if (refused !== undefined) return fail(refused);
  try {
    const { held, ttftMs } = await callTier(
      context,
      journey,
      call,
      tier,
      call.live ? live : undefined,
      started,
    );
    const { read } = held;
    journey.answers.set(call.callId, held);
    const usage =
      read.usage === undefined ? await estimateUsage(journey, read) : { ...read.usage, estimated: false };
    const cost = costOf(journey.route.policy.tiers[call.tier], usage);
    return {
      ...base,
      model: read.model ?? tier.model,
      signals: read.signals,
      vetoes: vetoes(read.view, journey.expected),
      usage,
      ...(cost === undefined ? {} : { costNanoUsd: cost }),
      latencyMs: performance.now() - started,
      ...(ttftMs === undefined ? {} : { ttftMs }),
      shown: live?.shownBy === call.callId,
      ...(read.upstreamId === undefined ? {} : { upstreamId: read.upstreamId }),
      ...(read.fingerprint === undefined ? {} : { fingerprint: read.fingerprint }),
    };
  } catch (error) {
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
  const message =
    `Upstream '${upstream}' failed (${previous?.failure?.message ?? 'no answer'}), and its hourly allowance for asking a later tier instead is used up ` +
    `(\`upstreams.${upstream}.failureAllowancePerHour\`); try again later.`;
  return {
    code: 'failure_allowance_exhausted',
    message,
    status: 503,
    retryAfterMs: taken.retryAfterMs,
    final: true,
  };
}

interface Called {
  held: HeldAnswer;
  ttftMs?: number;
}

async function callTier(
  context: HttpContext,
  journey: Journey,
  call: ModelCall,
  tier: ServedTier,
  live: LiveStream | undefined,
  started: number,
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
      signal: journey.abort.signal,
    });
  } catch (error) {
    // Servers and models that take no `logprobs` say so; whoever asked for them has to be told, we have not.
    if (!mode.logprobs || journey.request.logprobs === true || !refusesLogprobs(error)) throw error;
    tier.logprobs = tier.logprobs !== 'plain' && mode.stream ? 'plain' : 'none';
    return callTier(context, journey, call, tier, live, started);
  }
  const edits = editsOf(journey, mode.logprobs);
  if (reply.kind === 'stream') {
    const { read, chunks, ttftMs } = await readStream(reply.events, {
      callId: call.callId,
      headers: reply.headers,
      edits,
      live,
    });
    const held: HeldAnswer = { headers: reply.headers, read, content: { kind: 'chunks', chunks } };
    return { held, ...(ttftMs === undefined ? {} : { ttftMs: ttftMs - started }) };
  }
  const reader = createAnswerReader();
  const { completion, ends } = parseCompletion(reply.text, tier);
  reader.add(completion);
  return {
    held: {
      headers: reply.headers,
      read: reader.finish(),
      content: { kind: 'json', text: reply.text, edits, ends },
    },
  };
}

/** Whether to stream, and whether to ask for log-probabilities of our own: never both where the server cannot. */
function modeOf(
  { request, route }: Journey,
  call: ModelCall,
  tier: ServedTier,
): { stream: boolean; logprobs: boolean } {
  const logprobs = !call.live && route.policy.rule.kind !== 'last' && tier.logprobs !== 'none';
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

function refusesLogprobs(error: unknown): boolean {
  const failure = upstreamFailureOf(error);
  return (
    failure?.code === 'upstream_rejected' &&
    /logprob/i.test(failure.message + JSON.stringify(failure.body ?? ''))
  );
}

/** @throws {InvalidAnswer} where the text is no completion with a message. */
function parseCompletion(text: string, tier: { upstream: string }): { completion: Completion; ends: Ends } {
  let parsed: ParsedAnswer;
  try {
    parsed = parseAnswer(text);
  } catch {
    throw new InvalidAnswer(`Upstream '${tier.upstream}' answered with text that is not whole JSON.`);
  }
  const { value, ends } = parsed;
  if (
    isCompletion(value) &&
    typeof value.choices[0]?.message === 'object' &&
    value.choices[0].message !== null
  )
    return { completion: value, ends };
  throw new InvalidAnswer(
    `Upstream '${tier.upstream}' answered with JSON that is no chat completion (no choices[0].message).`,
  );
}

async function estimateUsage({ request }: Journey, read: ReadAnswer): Promise<Usage> {
  const calls = read.view.toolCalls.map((call) => call.name + call.arguments).join('');
  return {
    inputTokens: await countTokens(textOfMessages(request.messages).join('\n')),
    outputTokens: await countTokens(read.reasoning + read.view.text + calls),
    estimated: true,
  };
}

/** The failure inside an `UpstreamError`; told by its shape, so that this folder needs only the types of `upstream`. */
function upstreamFailureOf(error: unknown): UpstreamFailure | undefined {
  return error instanceof Error && error.name === 'UpstreamError' && 'failure' in error
    ? (error.failure as UpstreamFailure)
    : undefined;
}

/** The same question fails the same way at every tier. */
const SAME_EVERYWHERE: ReadonlySet<string> = new Set(['not_recorded']);

function failureOf(context: HttpContext, error: unknown, journey: Journey, tier: ServedTier): AttemptFailure {
  const { signal } = journey.abort;
  const reason: unknown = signal.reason;
  if (signal.aborted) {
    if (reason instanceof WeirError)
      return { code: reason.code, message: reason.message, status: reason.status, final: true };
    return { code: 'client_closed_request', message: new ClientGone().message, status: 499, final: true };
  }
  if (error instanceof InvalidAnswer) return { code: error.code, message: error.message, status: 502 };
  const failure = upstreamFailureOf(error);
  if (failure === undefined) {
    // Not an upstream's failing but ours: still one attempt, so that another tier can answer.
    context.log.error(
      {
        requestId: journey.requestId,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      },
      'reading an answer failed',
    );
    return {
      code: 'internal_error',
      message: `The gateway could not read the answer of '${tier.upstream}'; its log has the details.`,
      status: 500,
    };
  }
  if (failure.code === 'upstream_rejected') journey.rejection = failure.body;
  const ownStatus = failure.code === 'upstream_rejected' ? failure.status : undefined;
  const status = ownStatus ?? ERRORS[failure.code].status;
  return {
    code: failure.code,
    message: failure.message,
    status,
    ...(failure.retryAfterMs === undefined ? {} : { retryAfterMs: failure.retryAfterMs }),
    ...(SAME_EVERYWHERE.has(failure.code) ? { final: true } : {}),
  };
}
