import { Hono } from 'hono';
import { WeirError } from '../errors.ts';
import { clientErrorOf, errorReply } from '../protocol/common/client-error.ts';
import type { Protocol } from '../protocol/protocol.ts';
import { countTokensOf } from '../request/count-tokens.ts';
import { bookReceived, requireRoom } from '../request/memory/memory-costs.ts';
import { headerOf, readBody, toResponse, type Incoming } from '../wire/http-message.ts';
import { admit, baseHeaders, newIncoming, ownRequestId, replyToError } from './admission.ts';
import { adminReview, adminStatus, adminVerdict } from './api/admin.ts';
import { describeDecision, findDecision } from './api/decisions.ts';
import { forgetKept, readKept } from './api/kept.ts';
import { acceptFeedback } from './api/feedback.ts';
import { admitted, answerAdmitted } from './plain-chat.ts';
import { passThrough } from '../pass-through/pass-through.ts';
import { ENDPOINTS } from '../pass-through/endpoints.ts';
import type { AdmissionContext, HttpContext } from './http-context.ts';
import { pageForPeople } from './page-for-people.ts';
import { unknownPath } from './unknown-path.ts';

/** What @hono/node-server passes along with the request; absent on other servers. */
interface NodeBindings {
  incoming?: { headers: Incoming['headers'] };
  outgoing?: { once(event: 'close', run: () => void): void };
}

interface AppEnvironment {
  Bindings: NodeBindings;
  Variables: { incoming: Incoming };
}

/** The gateway's whole HTTP side: every path, the guard before them, errors in the path's own shape after them. */
export function createApp(context: HttpContext): Hono<AppEnvironment> {
  const { admission, api } = context;
  const app = new Hono<AppEnvironment>();
  const chats = context.protocols.flatMap((protocol) =>
    protocol.paths.map((path) => [path, protocol] as const),
  );
  const countings = context.protocols.flatMap((protocol) =>
    protocol.counting === undefined ? [] : [[protocol.counting, protocol] as const],
  );
  const protocolsByPath = new Map([
    ...chats,
    ...countings.map(([{ path }, protocol]) => [path, protocol] as const),
  ]);
  const methods: readonly (readonly [path: string, allow: string])[] = [
    ...[...protocolsByPath.keys()].map((path) => [path, 'POST'] as const),
    ...ENDPOINTS.flatMap((endpoint) => endpoint.paths.map((path) => [path, 'POST'] as const)),
    ...METHODS,
  ];
  const paths = methods.map(([path]) => path);
  // A client of any protocol also asks for decisions and sends feedback, and puts its key where it always does.
  const anyKeyHeader = context.protocols.find(({ keyHeader }) => keyHeader !== undefined)?.keyHeader;

  app.use('*', async (c, next) => {
    // On Node the parsed headers are there already; making a Headers object of them costs as much as the routing.
    const headers = c.env?.incoming?.headers ?? Object.fromEntries(c.req.raw.headers);
    const { signal } = c.req.raw;
    const holding = admission.memory.hold();
    // Without a socket, as in tests, nothing says when the answer has gone out, and nothing is given back.
    c.env?.outgoing?.once('close', () => holding.release());
    const incoming = newIncoming(headers, {
      onGone: (run) => {
        if (signal.aborted) run();
        else signal.addEventListener('abort', run);
      },
      holding,
      async body() {
        const declared = Number(headerOf(headers, 'content-length') ?? 0);
        if (declared <= admission.bodyBytes) requireRoom(admission.memory, holding, declared);
        const onBytes = (bytes: number): void => bookReceived(holding, bytes);
        return readBody(c.req.raw, headers, { limit: admission.bodyBytes, onBytes });
      },
    });
    c.set('incoming', incoming);
    const { method, path } = c.req;
    const protocol = protocolsByPath.get(path) ?? listingProtocol(context, path, headers);
    const keyHeader = protocol === undefined ? anyKeyHeader : protocol.keyHeader;
    const early = await admit(admission, incoming, { method, path, keyHeader });
    if (early !== undefined) return toResponse(early);
    await next();
    return undefined;
  });

  for (const [path, protocol] of chats)
    app.post(path, async (c) => toResponse(await answerAdmitted(context, protocol, c.get('incoming'))));
  for (const endpoint of ENDPOINTS)
    for (const path of endpoint.paths)
      app.post(path, async (c) => {
        const incoming = c.get('incoming');
        const answer = () => passThrough(context.requests, endpoint, incoming);
        return toResponse(await admitted(context, incoming, answer));
      });
  for (const [counting, protocol] of countings)
    app.post(counting.path, async (c) => {
      const incoming = c.get('incoming');
      const reply = await countTokensOf(context.requests, counting, incoming);
      const headers = { ...baseHeaders(admission, incoming), ...ownRequestId(incoming, protocol) };
      return toResponse({ ...reply, headers: { ...headers, ...reply.headers } });
    });
  app.get(MODELS, (c) => {
    const incoming = c.get('incoming');
    const list = listingProtocol(context, MODELS, incoming.headers)?.modelList;
    return json(admission, incoming, list?.render(api.models) ?? { object: 'list', data: api.models });
  });
  app.get(`${MODELS}/:id{.+}`, (c) => {
    const id = c.req.param('id');
    const [listed] = api.models;
    // A pattern that a route serves stands for names that no list has.
    const model =
      api.models.find((candidate) => candidate.id === id) ??
      (listed !== undefined && 'route' in context.requests.resolve(id) ? { ...listed, id } : undefined);
    if (model === undefined)
      throw new WeirError(
        'model_not_found',
        `No route or model is named '${id}'; \`GET /v1/models\` lists what there is.`,
        { param: 'model' },
      );
    const incoming = c.get('incoming');
    const list = listingProtocol(context, MODELS, incoming.headers)?.modelList;
    return json(admission, incoming, list?.renderOne(model) ?? model);
  });
  app.get(RESPONSE, async (c) => {
    const incoming = c.get('incoming');
    const answer = await readKept(api, incoming.tenant, c.req.param('id'));
    const headers = { 'content-type': 'application/json', ...baseHeaders(admission, incoming) };
    return toResponse({ status: 200, headers, body: answer });
  });
  app.delete(RESPONSE, async (c) => {
    const incoming = c.get('incoming');
    return json(admission, incoming, await forgetKept(api, incoming.tenant, c.req.param('id')));
  });
  app.get('/v1/decisions/:id', async (c) => {
    const incoming = c.get('incoming');
    const id = c.req.param('id');
    const decision = await findDecision(api, incoming.tenant, id);
    const tiers = api.tiersOf(decision.outcome.route);
    return json(admission, incoming, describeDecision(decision, id, { operator: incoming.operator, tiers }));
  });
  app.post('/v1/feedback', async (c) =>
    json(admission, c.get('incoming'), await acceptFeedback(api, c.get('incoming')), 202),
  );
  app.get('/admin/api/learning', async (c) =>
    json(admission, c.get('incoming'), await adminStatus(api, c.get('incoming'))),
  );
  app.get('/admin/api/review', async (c) =>
    json(admission, c.get('incoming'), await adminReview(api, c.get('incoming'), c.req.query())),
  );
  app.post('/admin/api/review/:id', async (c) =>
    json(admission, c.get('incoming'), await adminVerdict(api, c.get('incoming'), c.req.param('id'))),
  );
  for (const path of ['/', '/health'])
    app.get(path, async (c) => {
      if (admission.draining()) throw new WeirError('shutting_down', 'The gateway is shutting down.');
      const headers = baseHeaders(admission, c.get('incoming'));
      return pageForPeople(await api.ready(), headerOf(c.get('incoming').headers, 'accept'), headers);
    });
  app.get('/healthz', (c) => json(admission, c.get('incoming'), { status: 'ok' }));
  app.get('/readyz', async (c) => {
    if (admission.draining()) throw new WeirError('shutting_down', 'The gateway is shutting down.');
    const degraded = await api.ready();
    const body = degraded.length === 0 ? { status: 'ready' } : { status: 'ready', degraded };
    return json(admission, c.get('incoming'), body);
  });
  app.get(
    '/metrics',
    async () =>
      new Response(await api.metrics.text(), {
        headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
      }),
  );

  for (const [path, allow] of methods) {
    app.all(path, (c) => {
      const { method } = c.req;
      const error = new WeirError(
        'method_not_allowed',
        `${method} is not allowed on this path; use ${allow.replaceAll(', ', ' or ')}.`,
      );
      const told = clientErrorOf(error);
      const incoming = c.get('incoming');
      const protocol = protocolsByPath.get(path);
      const body = protocol?.renderError(told, incoming.requestId);
      const headers = { allow, ...baseHeaders(admission, incoming), ...ownRequestId(incoming, protocol) };
      return toResponse(errorReply(told, headers, body));
    });
  }
  app.notFound((c) => {
    const error = new WeirError('unknown_url', unknownPath(c.req.method, c.req.path, paths));
    return toResponse(errorReply(clientErrorOf(error), baseHeaders(admission, c.get('incoming'))));
  });
  app.onError((error, c) => {
    // Malformed requests fail before there is anything of them.
    const incoming: Incoming | undefined = c.get('incoming');
    incoming?.holding.release();
    return toResponse(replyToError(admission, incoming, error, protocolsByPath.get(c.req.path)));
  });
  return app;
}

const MODELS = '/v1/models';
const RESPONSE = '/v1/responses/:id';

/** The protocol whose clients list the models in a form of their own, where one of them asks for the list. */
function listingProtocol(
  { protocols }: HttpContext,
  path: string,
  headers: Incoming['headers'],
): Protocol | undefined {
  if (path !== MODELS && !path.startsWith(`${MODELS}/`)) return undefined;
  return protocols.find(
    ({ modelList }) => modelList !== undefined && headers[modelList.header] !== undefined,
  );
}

/** Weir's own paths; those of the protocols come from their table. */
const METHODS: readonly (readonly [path: string, allow: string])[] = [
  ['/v1/feedback', 'POST'],
  [MODELS, 'GET, HEAD'],
  [`${MODELS}/:id{.+}`, 'GET, HEAD'],
  ['/v1/decisions/:id', 'GET, HEAD'],
  [RESPONSE, 'GET, HEAD, DELETE'],
  ['/admin/api/learning', 'GET, HEAD'],
  ['/admin/api/review', 'GET, HEAD'],
  ['/admin/api/review/:id', 'POST'],
  ['/', 'GET, HEAD'],
  ['/health', 'GET, HEAD'],
  ['/healthz', 'GET, HEAD'],
  ['/readyz', 'GET, HEAD'],
  ['/metrics', 'GET, HEAD'],
];

function json(admission: AdmissionContext, incoming: Incoming, body: object, status = 200): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...baseHeaders(admission, incoming) },
  });
}
