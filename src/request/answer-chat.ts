import { WeirError } from '../errors.ts';
import type { ChatRequest } from '../protocol/common/chat.ts';
import type { Outcome } from '../routing/cascade.ts';
import type { RequestView } from '../routing/judgement.ts';
import { drive } from '../routing/drive.ts';
import { requestFeatures } from '../routing/signals/read-signals.ts';
import { createAsk } from './attempt.ts';
import type { HttpContext, ServedRoute } from './context.ts';
import { abandon, brokenOutcome, finish, isGone } from './finish.ts';
import type { Incoming } from '../wire/incoming.ts';
import { ClientGone, type Journey } from './request-state.ts';
import { newId } from './new-id.ts';
import { parseChatRequest } from '../protocol/openai-chat/parse-request.ts';
import type { LiveStream } from '../upstream/openai-compatible/read-stream.ts';
import type { Reply } from '../wire/reply.ts';
import { respondStreamed } from './streamed-answer.ts';
import { respondWhole } from './whole-answer.ts';
import { readWishes, tierRange, type Wishes } from './request-headers.ts';

/**
 * `POST /v1/chat/completions`, the journey of a request: read → route → view → drive the cascade → respond → record.
 * @throws {WeirError} where the request itself is at fault; what fails later becomes a reply.
 */
export async function chatCompletions(context: HttpContext, incoming: Incoming): Promise<Reply> {
  const startedMs = performance.now();
  const text = await incoming.text();
  const request = parseChatRequest(text);
  const wishes = readWishes(incoming.headers);
  const route = routeOf(context, request.model);
  const position = await context.pacing.position(route);
  const journey = beginJourney(context, incoming, { text, request, wishes, route, startedMs, position });
  const release = limitJourney(context, incoming, journey);
  const run = async (live?: LiveStream): Promise<Outcome> => {
    try {
      return await drive(
        route.policy,
        route.confidenceModel,
        journey.view,
        createAsk(context, journey, live),
      );
    } finally {
      release();
    }
  };
  context.metrics.began();
  try {
    if (request.stream === true) return await respondStreamed(context, journey, run);
    const outcome = await run();
    if (isGone(journey)) return abandon(context, journey, outcome);
    return respondWhole(context, journey, outcome);
  } catch (error) {
    finish(context, journey, brokenOutcome(journey, 'The gateway failed.'), {
      status: 500,
      errorCode: 'internal_error',
    });
    throw error;
  }
}

function routeOf(context: HttpContext, model: string): ServedRoute {
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

interface Beginning {
  text: string;
  request: ChatRequest;
  wishes: Wishes;
  route: ServedRoute;
  startedMs: number;
  position: number | undefined;
}

function beginJourney(context: HttpContext, incoming: Incoming, beginning: Beginning): Journey {
  const { text, request, wishes, route, startedMs } = beginning;
  const id = newId();
  return {
    id,
    completionId: `chatcmpl-${id}`,
    requestId: incoming.requestId,
    tenant: incoming.tenant,
    route,
    request,
    text,
    view: viewOf(context, incoming.tenant, id, beginning),
    expected: context.expectations(request),
    explain: wishes.explain,
    createdAtMs: context.now(),
    startedMs,
    abort: new AbortController(),
    attempts: [],
    answers: new Map(),
    dropped: new Map(),
    finished: false,
  };
}

function viewOf(
  context: HttpContext,
  tenant: string,
  id: string,
  { request, wishes, route, position }: Beginning,
): RequestView {
  const { policy } = route;
  const { minTier, maxTier } = tierRange(policy, wishes);
  const issuers = context.toolLoops.tiersOf(tenant, policy.route, request.messages);
  const loopTier = Math.max(
    0,
    ...issuers.map((name) => policy.tiers.findIndex((tier) => tier.name === name)),
  );
  const features = requestFeatures(request);
  const maxOutputTokens = request.max_completion_tokens ?? request.max_tokens ?? undefined;
  const view: RequestView = {
    id,
    group: wishes.topic ?? policy.route,
    features,
    u: uniformOf(id),
    inputTokens: features.promptTokens,
    minTier: Math.max(minTier, loopTier),
    maxTier,
  };
  if (maxOutputTokens !== undefined) view.maxOutputTokens = maxOutputTokens;
  if (wishes.dataClass !== undefined) view.dataClass = wishes.dataClass;
  if (position !== undefined) view.position = position;
  return view;
}

/** The last 48 bits of a UUIDv7 are random (RFC 9562): they are the request's coin, and anyone can toss it again. */
function uniformOf(id: string): number {
  return Number.parseInt(id.slice(-12), 16) / 2 ** 48;
}

/** Ends the journey when the client goes, when it takes too long, and when the gateway stops. @returns what undoes that. */
function limitJourney(
  { requestTimeoutMs, stop }: HttpContext,
  { onGone }: Incoming,
  { abort }: Journey,
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
