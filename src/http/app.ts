import { Hono } from 'hono';
import { WeirError } from '../errors.ts';
import { adminReview, adminStatus, adminVerdict } from './api/admin.ts';
import { admit, baseHeaders, newIncoming, replyToError } from './admission.ts';
import { answerChat, CHAT_PATH } from './chat-door.ts';
import type { HttpContext } from '../request/context.ts';
import { describeDecision, findDecision } from './api/decisions.ts';
import { errorReply, showError } from '../protocol/common/client-error.ts';
import { acceptFeedback } from './api/feedback.ts';
import { readBody, type Incoming } from '../wire/http-message.ts';
import { toResponse } from '../wire/reply.ts';
import { unknownPath } from './unknown-path.ts';

/** What @hono/node-server gives beside the request; absent elsewhere. */
interface NodeBindings {
  incoming?: { headers: Incoming['headers'] };
}

interface Environment {
  Bindings: NodeBindings;
  Variables: { incoming: Incoming };
}

/** The gateway's whole HTTP side: every path, the guard before them, OpenAI's errors after them. */
export function createApp(context: HttpContext): Hono<Environment> {
  const app = new Hono<Environment>();

  app.use('*', async (c, next) => {
    // On Node the parsed headers are there already; making a Headers object of them costs as much as the routing.
    const headers = c.env?.incoming?.headers ?? Object.fromEntries(c.req.raw.headers);
    const { signal } = c.req.raw;
    const incoming = newIncoming(headers, {
      onGone: (run) => {
        if (signal.aborted) run();
        else signal.addEventListener('abort', run);
      },
      body: () => readBody(c.req.raw, headers, context.bodyBytes),
    });
    c.set('incoming', incoming);
    const early = await admit(context, incoming, c.req.method, c.req.path);
    if (early !== undefined) return toResponse(early);
    await next();
    return undefined;
  });

  app.post(CHAT_PATH, async (c) => toResponse(await answerChat(context, c.get('incoming'))));
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
  app.get('/admin/api/learning', async (c) =>
    json(context, c.get('incoming'), await adminStatus(context, c.get('incoming'))),
  );
  app.get('/admin/api/review', async (c) =>
    json(context, c.get('incoming'), await adminReview(context, c.get('incoming'), c.req.query())),
  );
  app.post('/admin/api/review/:id', async (c) =>
    json(context, c.get('incoming'), await adminVerdict(context, c.get('incoming'), c.req.param('id'))),
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
        `${c.req.method} is not possible here; use ${allow.replace(', ', ' or ')}.`,
      );
      return toResponse(errorReply(showError(error), { allow, ...baseHeaders(context, c.get('incoming')) }));
    });
  }
  app.notFound((c) => {
    const error = new WeirError('unknown_url', unknownPath(c.req.method, c.req.path, PATHS));
    return toResponse(errorReply(showError(error), baseHeaders(context, c.get('incoming'))));
  });
  app.onError((error, c) => toResponse(replyToError(context, c.get('incoming'), error)));
  return app;
}

const METHODS: readonly (readonly [path: string, allow: string])[] = [
  [CHAT_PATH, 'POST'],
  ['/v1/feedback', 'POST'],
  ['/v1/models', 'GET, HEAD'],
  ['/v1/models/:id{.+}', 'GET, HEAD'],
  ['/v1/decisions/:id', 'GET, HEAD'],
  ['/admin/api/learning', 'GET, HEAD'],
  ['/admin/api/review', 'GET, HEAD'],
  ['/admin/api/review/:id', 'POST'],
  ['/healthz', 'GET, HEAD'],
  ['/readyz', 'GET, HEAD'],
  ['/metrics', 'GET, HEAD'],
];

const PATHS = METHODS.map(([path]) => path);

function json(context: HttpContext, incoming: Incoming, body: object, status = 200): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...baseHeaders(context, incoming) },
  });
}
