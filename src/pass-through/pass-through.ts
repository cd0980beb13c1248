import { WeirError } from '../errors.ts';
import { clientErrorOf, errorReply } from '../protocol/common/client-error.ts';
import { limitRequest, routeOf } from '../request/answer-chat.ts';
import { attemptFailure, clientErrorOfFailure, rejectionOf } from '../request/attempt-failure.ts';
import { createAnswerBooking } from '../request/memory/memory-costs.ts';
import type { RequestContext } from '../request/request-context.ts';
import { readRequestHeaders, tierRange, type RequestHeaders } from '../request/request-headers.ts';
import { newId } from '../request/request-state.ts';
import type { ServedRoute, ServedTier } from '../request/served-route.ts';
import { headersOf, rateLimitHeaders } from '../request/summary.ts';
import { mayGoTo } from '../routing/tier-obstacle.ts';
import type { UpstreamReply } from '../upstream/upstream.ts';
import type { Incoming, Reply } from '../wire/http-message.ts';
import { createPulledBody } from '../wire/pulled-body.ts';
import type { PassedEndpoint } from './endpoints.ts';
import { beginPassed, type PassedState } from './passed-state.ts';
import { passBytes, passEvents } from './pass-stream.ts';
import { passedUsage } from './passed-usage.ts';
import { readPassed, type ReadPassed } from './read-passed.ts';

/**
 * Passes a request that is no chat to the one model that it names, and the answer back as it comes.
 * @throws {WeirError} where the request itself is at fault; what fails later becomes a reply.
 */
export async function passThrough(
  context: RequestContext,
  endpoint: PassedEndpoint,
  incoming: Incoming,
): Promise<Reply> {
  const startedMs = performance.now();
  const read = await readPassed(endpoint, incoming);
  const headers = readRequestHeaders(incoming.headers);
  const route = routeOf(context, read.model);
  const tier = onlyTier(route, endpoint, headers);
  const state = beginPassed(context, {
    id: newId(),
    endpoint,
    incoming,
    route,
    tier,
    group: headers.topic ?? endpoint.name,
    stream: read.stream,
    content: read.content,
    startedMs,
  });
  state.onEnd(limitRequest(context, incoming, state));
  context.metrics.began();
  try {
    const reply = await callFor(state, read);
    return reply.kind === 'whole' ? replyWhole(state, reply) : replyStreamed(context, state, reply);
  } catch (error) {
    return replyFailed(context, state, error);
  }
}

/** The model that is asked. @throws {WeirError} where there is not one that may have the request. */
function onlyTier(route: ServedRoute, endpoint: PassedEndpoint, headers: RequestHeaders): ServedTier {
  const { policy, tiers } = route;
  const [tier] = tiers;
  const refuse = (why: string): WeirError => new WeirError('unsupported_parameter', why, { param: 'model' });
  if (tier === undefined || tiers.length > 1)
    throw refuse(
      `'${policy.route}' is a ladder of models for chats, and ${endpoint.name} are asked of one model: name it (${tiers.map(({ asked }) => asked.name).join(', ')} are its models).`,
    );
  if (tier.dialect.passesThrough !== true)
    throw refuse(
      `Model '${tier.asked.name}' has no ${endpoint.name}: its upstream speaks '${tier.dialect.name}'. Name another model.`,
    );
  tierRange(policy, headers);
  if (mayGoTo(policy, headers.dataClass, tier.tier.location)) return tier;
  throw new WeirError(
    'no_tier_allowed',
    `Model '${tier.asked.name}' is in the cloud, where data of class '${headers.dataClass ?? ''}' may not go.`,
  );
}

async function callFor(state: PassedState, read: ReadPassed): Promise<UpstreamReply> {
  const { tier, endpoint, incoming, abort } = state;
  const { contentType, body, bytes, dropped } = read.writtenFor(tier.asked);
  state.dropped = dropped;
  const { upstreamPath: path, answers } = endpoint;
  return tier.upstream.chat({
    model: tier.asked.model,
    body,
    stream: read.stream,
    requestId: incoming.requestId,
    keyId: incoming.keyId,
    signal: abort.signal,
    onBytes: createAnswerBooking(incoming.holding, abort).whole,
    path,
    passed: { contentType, answers, ...(bytes === undefined ? {} : { bytes }) },
  });
}

function replyWhole(state: PassedState, { text, headers }: UpstreamReply & { kind: 'whole' }): Reply {
  state.counted(passedUsage(text));
  state.firstBytes();
  state.finish({ status: 200 });
  return {
    status: 200,
    headers: { ...headersOfPassed(state), ...rateLimitHeaders(headers), 'content-type': 'application/json' },
    body: text,
  };
}

function replyStreamed(
  context: RequestContext,
  state: PassedState,
  reply: UpstreamReply & { kind: 'stream' | 'bytes' },
): Reply {
  const source =
    reply.kind === 'bytes'
      ? passBytes(context, state, reply.bytes)
      : passEvents(context, state, reply.events);
  void context.underWay.add(state.ended);
  const type = reply.kind === 'stream' ? 'text/event-stream; charset=utf-8' : reply.headers['content-type'];
  return {
    status: 200,
    headers: {
      ...headersOfPassed(state),
      ...rateLimitHeaders(reply.headers),
      'content-type': type ?? 'application/octet-stream',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
    },
    body: createPulledBody(source, () => state.gone()),
  };
}

/** No byte of an answer has gone out. */
function replyFailed(context: RequestContext, state: PassedState, error: unknown): Reply {
  const failure = attemptFailure(context.log, error, state, state.tier.asked);
  const rejection = rejectionOf(error)?.body;
  const told = failure.status === 499 ? clientErrorOf(error) : clientErrorOfFailure(failure, rejection);
  state.finish({ status: failure.status, failure });
  if (failure.status === 499) return { status: 499, headers: {}, body: null };
  return errorReply(told, headersOfPassed(state));
}

function headersOfPassed(state: PassedState): Record<string, string> {
  return headersOf(state.summary(), state.incoming.requestId);
}
