import { WeirError } from '../errors.ts';
import { answerLimits, type ClientRequest } from '../protocol/common/chat.ts';
import type { Protocol } from '../protocol/protocol.ts';
import type { Outcome } from '../routing/cascade.ts';
import type { RequestView } from '../routing/setting.ts';
import { mayGoTo } from '../routing/tier-obstacle.ts';
import { drive } from '../routing/drive.ts';
import { requestFeatures } from '../routing/signals/read-signals.ts';
import type { LiveStream } from '../upstream/answer-reader.ts';
import { needsOf, type Need } from '../upstream/needs.ts';
import type { Incoming, Reply } from '../wire/http-message.ts';
import { createAsk } from './ask-tier.ts';
import type { RequestContext } from './request-context.ts';
import { drawAudit } from './draw-audit.ts';
import { readExpectations } from './expectations.ts';
import { abandon, brokenOutcome, finish } from './finish.ts';
import { readRequestHeaders, tierForSeveral, tierRange, type RequestHeaders } from './request-headers.ts';
import { ClientGone, isGone, newId, type ReceivedRequest, type RequestState } from './request-state.ts';
import { keepWhole, keptFor, withKeptClass } from './memory/keep-answer.ts';
import { respondStreamed, respondWhole } from './respond.ts';
import { aloneView, observedBy, type ServedRoute } from './served-route.ts';

/**
 * Answers one chat request in the protocol it came in: read → route → drive the cascade → respond → record.
 * @throws {WeirError} where the request itself is at fault; what fails later becomes a reply.
 */
export async function answerChat(
  context: RequestContext,
  protocol: Protocol,
  incoming: Incoming,
): Promise<Reply> {
  const startedMs = performance.now();
  const text = await incoming.text();
  const kept = protocol.keeping && (await keptFor(context, protocol.keeping, incoming, text));
  const request = protocol.readRequest(text, incoming.headers, kept);
  const headers = withKeptClass(readRequestHeaders(incoming.headers), kept);
  const route = routeOf(context, request.chat.model);
  const position = await context.pacing.position(route);
  const id = newId();
  const needs = needsOf(request.chat);
  const view = viewOf(context, incoming, { id, needs, request, headers, route, position });
  const alone = observedBy(route, view, request.chat.messages);
  const observed = alone !== undefined;
  const draw = await drawAudit(context, { id, tenant: incoming.tenant, route, view, request, observed });
  const answering = alone === undefined ? { route } : { route: alone, ladder: route };
  const { explain } = headers;
  const beginning = { id, protocol, request, ...answering, needs, view, draw, explain, startedMs };
  const state = beginRequest(context, incoming, beginning);
  const release = limitRequest(context, incoming, state);
  const run = async (live?: LiveStream): Promise<Outcome> => {
    try {
      const { policy, confidenceModel } = state.asked.route;
      const seen = observed ? aloneView(view) : view;
      return await drive(policy, confidenceModel, seen, createAsk(context, state, live));
    } finally {
      release();
    }
  };
  context.metrics.began();
  try {
    if (request.chat.stream === true) return await respondStreamed(context, state, run);
    const outcome = await run();
    if (isGone(state)) return abandon(context, state, outcome);
    const reply = respondWhole(context, state, outcome);
    return request.keep === true ? await keepWhole(context, state, reply) : reply;
  } catch (error) {
    finish(context, state, brokenOutcome(state), { status: 500, errorCode: 'internal_error' });
    throw error;
  }
}

/** What the `model` of a request leads to. @throws {WeirError} `model_not_found` */
export function routeOf(context: Pick<RequestContext, 'resolve'>, model: string): ServedRoute {
  const found = context.resolve(model);
  if ('route' in found) return found.route;
  const shown = model.length > 100 ? `${model.slice(0, 100)}…` : model;
  const hint =
    found.suggestions.length === 0
      ? '`GET /v1/models` lists what there is.'
      : `did you mean ${found.suggestions.map((name) => `'${name}'`).join(' or ')}?`;
  throw new WeirError(
    'model_not_found',
    `No route or model is named '${shown}', and no route serves it; ${hint}`,
    { param: 'model' },
  );
}

type Beginning = Pick<
  ReceivedRequest,
  'id' | 'protocol' | 'request' | 'route' | 'ladder' | 'needs' | 'view' | 'draw' | 'explain' | 'startedMs'
>;

function beginRequest(
  context: RequestContext,
  incoming: Incoming,
  { id, protocol, request, route, ladder, needs, view, draw, explain, startedMs }: Beginning,
): RequestState {
  const asked: ReceivedRequest = {
    id,
    answerId: `${protocol.idPrefix}${id}`,
    requestId: incoming.requestId,
    tenant: incoming.tenant,
    keyId: incoming.keyId,
    protocol,
    request,
    route,
    ...(ladder === undefined ? {} : { ladder }),
    needs,
    view,
    draw,
    expected: readExpectations(request.chat),
    explain,
    createdAtMs: context.now(),
    startedMs,
  };
  return {
    asked,
    progress: { attempts: [], answers: new Map(), dropped: new Map(), finished: false },
    abort: new AbortController(),
    holding: incoming.holding,
  };
}

function viewOf(
  { toolLoops }: RequestContext,
  { tenant, keyId }: Pick<Incoming, 'tenant' | 'keyId'>,
  {
    id,
    needs,
    request,
    headers,
    route,
    position,
  }: Pick<ReceivedRequest, 'id' | 'needs' | 'request' | 'route'> & {
    headers: RequestHeaders;
    position: number | undefined;
  },
): RequestView {
  const { chat } = request;
  const { policy } = route;
  const range = tierRange(policy, headers);
  const { maxTier } = range;
  const minTier = (chat.n ?? 1) > 1 ? Math.max(range.minTier, tierForSeveral(policy)) : range.minTier;
  const issuers = toolLoops.tiersOf(tenant, policy.route, chat.messages);
  const loopTier = Math.max(
    0,
    ...issuers.map((name) => policy.tiers.findIndex((tier) => tier.name === name)),
  );
  const features = requestFeatures(chat);
  const [maxOutputTokens] = answerLimits(chat);
  const view: RequestView = {
    id,
    group: headers.topic ?? policy.route,
    features,
    u: uniformOf(id),
    inputTokens: features.promptTokens,
    minTier: Math.max(minTier, loopTier),
    maxTier,
  };
  if (maxOutputTokens !== undefined) view.maxOutputTokens = maxOutputTokens;
  if (headers.dataClass !== undefined) view.dataClass = headers.dataClass;
  const isKept = policy.tiers.some(({ location }) => !mayGoTo(policy, headers.dataClass, location));
  if (minTier > 0 || maxTier < policy.tiers.length - 1 || isKept) view.narrowed = true;
  if (position !== undefined) view.position = position;
  if (needs.length > 0) addObstacles(view, route, needs, keyId);
  if (request.onlyInFormat !== undefined) addForeignTiers(view, route, request);
  return view;
}

/** Says which tiers cannot have the request. The last one that may be asked is believed to, unless the operator says otherwise. */
function addObstacles(
  view: RequestView,
  { tiers }: ServedRoute,
  needs: readonly Need[],
  keyId: string,
): void {
  const cannot: Record<string, string> = {};
  for (const [index, { tier, learned }] of tiers.entries()) {
    const believed = index < view.maxTier ? 'all' : 'configured';
    const obstacle = learned.abilities.obstacle(needs, keyId, believed);
    if (obstacle !== undefined) cannot[tier.name] = obstacle;
  }
  if (Object.keys(cannot).length > 0) view.cannot = cannot;
}

/** Says which tiers cannot be told what the request asks for. */
function addForeignTiers(
  view: RequestView,
  { tiers }: ServedRoute,
  { format, onlyInFormat }: ClientRequest,
): void {
  const cannot: Record<string, string> = { ...view.cannot };
  for (const { tier, dialect } of tiers)
    if (dialect.format !== format) cannot[tier.name] ??= `cannot be asked for ${onlyInFormat}`;
  if (Object.keys(cannot).length > 0) view.cannot = cannot;
}

/** The last 48 bits of a UUIDv7 are random (RFC 9562): they are the request's coin, which anyone can toss again. */
function uniformOf(id: string): number {
  return Number.parseInt(id.slice(-12), 16) / 2 ** 48;
}

/** Ends the request when the client goes, when it takes too long, and when the gateway stops. @returns what undoes that. */
export function limitRequest(
  { requestTimeoutMs, stop }: Pick<RequestContext, 'requestTimeoutMs' | 'stop'>,
  { onGone }: Pick<Incoming, 'onGone'>,
  { abort }: Pick<RequestState, 'abort'>,
): () => void {
  const onStop = (): void =>
    abort.abort(
      new WeirError('shutting_down', 'The gateway was stopped before the answer was complete; try again.'),
    );
  const timer = setTimeout(() => {
    const message = `The request took longer than ${requestTimeoutMs} ms (\`limits.requestTimeout\`).`;
    abort.abort(new WeirError('upstream_timeout', message));
  }, requestTimeoutMs);
  onGone(() => abort.abort(new ClientGone()));
  stop.addEventListener('abort', onStop);
  return () => {
    clearTimeout(timer);
    stop.removeEventListener('abort', onStop);
  };
}
