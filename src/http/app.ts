import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { WeirError } from '../errors.ts';
import { HEADERS } from '../telemetry.ts';
import { chatCompletions } from './chat-completions.ts';
import type { HttpContext, Identity } from './context.ts';
import { answerPreflight, corsHeaders } from './cors.ts';
import { describeDecision, findDecision } from './decisions.ts';
import { errorResponse, showError } from './error-response.ts';
import { acceptFeedback } from './feedback.ts';
import { guardWithoutKeys, requireJson } from './guard.ts';
import { headerOf, readBody, type Incoming } from './incoming.ts';

/** What @hono/node-server gives beside the request; absent elsewhere. */
interface NodeBindings {
  incoming?: { headers: Incoming['headers'] };
}

interface Environment {
  Bindings: NodeBindings;
  Variables: { incoming: Incoming };
}

/** Probes of orchestrators carry no key. */
const WITHOUT_KEY: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

const REQUEST_ID = /^[A-Za-z0-9._:/+=@-]{1,128}$/;

/** The gateway's whole HTTP side: every path, the guard before them, OpenAI's errors after them. */
export function createApp(context: HttpContext): Hono<Environment> {
  const app = new Hono<Environment>();

  app.use('*', async (c, next) => {
    // On Node the parsed headers are there already; making a Headers object of them costs as much as the routing.
    const headers = c.env?.incoming?.headers ?? Object.fromEntries(c.req.raw.headers);
    const given = headerOf(headers, HEADERS.requestId);
    const requestId = given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
    c.set('incoming', {
      headers,
      requestId,
      tenant: '',
      operator: false,
      signal: c.req.raw.signal,
      text: () => readBody(c.req.raw, headers, context.bodyBytes),
    });
    const identity = await identify(context, headers, c.req.method, c.req.path);
    if (identity === 'preflight') return answerPreflight(context.corsOrigins, headers);
    const { tenant, operator } = identity;
    Object.assign(c.get('incoming'), { tenant, operator });
    if (c.req.method === 'POST') requireJson(headers);
    await next();
    return undefined;
  });

  app.post('/v1/chat/completions', async (c) => {
    if (context.draining())
      throw new WeirError('shutting_down', 'The gateway is shutting down; try again.', {
        retryAfterMs: 1_000,
      });
    const response = await chatCompletions(context, c.get('incoming'));
    return withCors(context, c.get('incoming'), response);
  });
  app.get('/v1/models', (c) => json(context, c.get('incoming'), { object: 'list', data: context.models }));
  app.get('/v1/models/:id{.+}', (c) => {
    const id = c.req.param('id');
    const model = context.models.find((candidate) => candidate.id === id);
    if (model === undefined)
      throw new WeirError(
        'model_not_found',
        `No route or model is named '${id}'; \`GET /v1/models\` lists what there is.`,
        { param: 'model' },
      );
    return json(context, c.get('incoming'), model);
  });
  app.get('/v1/decisions/:id', async (c) => {
    const incoming = c.get('incoming');
    return json(
      context,
      incoming,
      describeDecision(await findDecision(context, incoming.tenant, c.req.param('id'))),
    );
  });
  app.post('/v1/feedback', async (c) =>
    json(context, c.get('incoming'), await acceptFeedback(context, c.get('incoming')), 202),
  );
  app.get('/healthz', (c) => json(context, c.get('incoming'), { status: 'ok' }));
  app.get('/readyz', async (c) => {
    if (context.draining()) throw new WeirError('shutting_down', 'The gateway is shutting down.');
    const notes = await context.ready();
    return json(context, c.get('incoming'), { status: 'ready', ...(notes.length === 0 ? {} : { notes }) });
  });
  app.get(
    '/metrics',
    async () =>
      new Response(await context.metrics.text(), {
        headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
      }),
  );

  for (const [path, allow] of METHODS) {
    app.all(path, (c) => {
      const error = new WeirError(
        'method_not_allowed',
        `${c.req.method} is not possible here; use ${allow}.`,
      );
      return errorResponse(showError(error), { allow, ...baseHeaders(context, c.get('incoming')) });
    });
  }
  app.notFound((c) => {
    const error = new WeirError(
      'unknown_url',
      `There is no ${c.req.method} ${c.req.path}; the API begins at /v1, as in /v1/chat/completions.`,
    );
    return errorResponse(showError(error), baseHeaders(context, c.get('incoming')));
  });
  app.onError((error, c) => {
    const incoming = c.get('incoming') as Incoming | undefined;
    if (!(error instanceof WeirError)) {
      context.log.error(
        { requestId: incoming?.requestId, error: error.stack ?? String(error) },
        'a request failed inside the gateway',
      );
    }
    return errorResponse(showError(error), baseHeaders(context, incoming));
  });
  return app;
}

const METHODS: readonly (readonly [path: string, allow: string])[] = [
  ['/v1/chat/completions', 'POST'],
  ['/v1/feedback', 'POST'],
  ['/v1/models', 'GET'],
  ['/v1/models/:id{.+}', 'GET'],
  ['/v1/decisions/:id', 'GET'],
  ['/healthz', 'GET'],
  ['/readyz', 'GET'],
  ['/metrics', 'GET'],
];

/** @throws {WeirError} where this request may not be answered at all. */
async function identify(
  context: HttpContext,
  headers: Incoming['headers'],
  method: string,
  path: string,
): Promise<Identity | 'preflight'> {
  const authorization = headerOf(headers, 'authorization');
  const identity = await context.authenticate(authorization);
  if (identity === 'not-required') {
    guardWithoutKeys(headers, context.port());
    // Whoever can reach the loopback is the operator.
    return { tenant: 'default', operator: true };
  }
  if (
    method === 'OPTIONS' &&
    context.corsOrigins.length > 0 &&
    headerOf(headers, 'access-control-request-method') !== undefined
  ) {
    return 'preflight';
  }
  if (identity !== 'invalid') return identity;
  if (WITHOUT_KEY.has(path)) return { tenant: 'default', operator: false };
  if (authorization === undefined) {
    throw new WeirError(
      'missing_api_key',
      "This gateway needs an API key: send 'Authorization: Bearer …' with a key of `weir keys create`.",
    );
  }
  throw new WeirError(
    'invalid_api_key',
    'This API key is not known here, or was revoked; `weir keys create` makes one. Keys of other services are not taken.',
  );
}

function baseHeaders(context: HttpContext, incoming: Incoming | undefined): Record<string, string> {
  if (incoming === undefined) return {};
  return { [HEADERS.requestId]: incoming.requestId, ...corsHeaders(context.corsOrigins, incoming.headers) };
}

function json(context: HttpContext, incoming: Incoming, body: object, status = 200): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...baseHeaders(context, incoming) },
  });
}

function withCors(context: HttpContext, incoming: Incoming, response: Response): Response {
  if (context.corsOrigins.length === 0) return response;
  for (const [name, value] of Object.entries(corsHeaders(context.corsOrigins, incoming.headers)))
    response.headers.set(name, value);
  return response;
}
