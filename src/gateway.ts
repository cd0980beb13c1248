import { pino } from 'pino';
import { createKeyring, type Keyring } from './access/keys.ts';
import { loadSecret } from './access/secret.ts';
import { isLoopback } from './config/listen.ts';
import { createResolver } from './config/resolve.ts';
import type { Config } from './config/schema.ts';
import { WeirError } from './errors.ts';
import { createApp } from './http/app.ts';
import type { HttpContext, Identity } from './http/context.ts';
import { createExpectations } from './http/expectations.ts';
import { createFailureAllowance } from './http/failure-allowance.ts';
import { createMetrics } from './http/metrics.ts';
import { createPacing } from './http/pacing.ts';
import { createServedRoutes } from './http/served-routes.ts';
import { startServer, type HttpServer } from './http/server.ts';
import { createToolLoops } from './http/tool-loops.ts';
import { chatRequestSchema } from './openai/chat.ts';
import type { Expectations } from './routing/checks.ts';
import { hashContent } from './routing/policy.ts';
import { priorModel } from './routing/prior.ts';
import { createRecorder } from './store/recorder.ts';
import { createSqliteStore } from './store/sql-store.ts';
import type { ProbeRow, Store } from './store/store.ts';
import type { VersionStore } from './store/version-rows.ts';
import type { Log } from './telemetry.ts';
import type { Trace } from './traces/trace.ts';
import { createOpenAiUpstream } from './upstream/openai-compatible.ts';
import { probeModel, type ModelProbe } from './upstream/probe.ts';
import { createRecordedUpstream } from './upstream/recorded.ts';
import { indexTraces } from './upstream/recorded-questions.ts';
import { withResilience } from './upstream/resilience.ts';
import type { Upstream, UpstreamReply, UpstreamRequest } from './upstream/upstream.ts';

/** What commands need besides a gateway: who answers at an address, and the store's tables. */
export { identify as identifyServer } from './upstream/servers/identify.ts';
export { migrate, pendingMigrations } from './store/migrations.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface GatewayOptions {
  config: Config;
  environment: Environment;
  log: Log;
  /** One upstream of the configuration answers with what was recorded: the demonstration. */
  recordings?: { upstream: string; traces: readonly Trace[] };
}

export interface Gateway {
  /** Answers one request; the second argument is @hono/node-server's bindings, where there are any. */
  fetch(request: Request, env?: object): Response | Promise<Response>;
  /**
   * Opens the configured address.
   * @throws {WeirError} `forbidden_host` where it is not loopback and no key was ever made; else the system's error.
   */
  listen(): Promise<{ host: string; port: number }>;
  keys: Keyring;
  store: Store;
  /** The one way to a model. @throws {UpstreamError} */
  call(upstream: string, request: UpstreamRequest): Promise<UpstreamReply>;
  /** Asks a configured model what it can, and remembers it for the next start. @throws {UpstreamError} */
  probe(model: string, signal: AbortSignal): Promise<ModelProbe>;
  /** Lets the requests under way end, at most `drainTimeout`, then writes what is queued and closes everything. */
  close(): Promise<void>;
}

/** What live traffic checks an answer for, told of recorded questions: one that is malformed asks for nothing. */
export function createTraceExpectations(): (trace: Trace) => Expectations {
  const expectationsOf = createExpectations();
  return (trace) => {
    const asked = {
      model: 'recorded',
      messages: [{ role: 'user' }],
      tools: trace.tools,
      response_format: trace.responseFormat,
    };
    const { success, data } = chatRequestSchema.safeParse(asked);
    return success ? expectationsOf(data) : {};
  };
}

/** The log of a process: JSON lines on standard error, so that standard output stays the commands' own. */
export function createLog(level: Config['log']['level']): Log {
  return pino({ level, base: null }, pino.destination({ dest: 2, sync: true }));
}

/**
 * The API keys of a configuration's store, without a gateway around them.
 * @throws {WeirError} `store_unavailable`
 */
export async function openKeys(
  config: Config,
  environment: Environment,
): Promise<{ keys: Keyring; close(): Promise<void> }> {
  const store = await createSqliteStore({ path: config.store.path });
  return { keys: await keyringOf(config, environment, store), close: () => store.close() };
}

/**
 * The versions of a configuration's store, without a gateway around them: a running one notices what is done here.
 * @throws {WeirError} `store_unavailable`
 */
export async function openVersions(
  config: Config,
): Promise<{ versions: VersionStore; close(): Promise<void> }> {
  const store = await createSqliteStore({ path: config.store.path });
  return { versions: store, close: () => store.close() };
}

/**
 * A gateway from its configuration. It listens to nothing before {@link Gateway.listen}.
 * @throws {WeirError} `store_unavailable`
 */
export async function createGateway({
  config,
  environment,
  log,
  recordings,
}: GatewayOptions): Promise<Gateway> {
  const store = await createSqliteStore({ path: config.store.path });
  const keys = await keyringOf(config, environment, store);
  const { capacity, batchSize, interval } = config.recorder;
  const recorder = await createRecorder({
    store,
    clock: Date.now,
    log,
    capacity,
    batchSize,
    intervalMs: interval,
    onLoss: (loss) =>
      log.warn(
        loss,
        'an earlier run ended without closing the record; at most so many of its rows are missing',
      ),
  });
  const upstreams = makeUpstreams(config, log, recordings);
  const call = (name: string, request: UpstreamRequest): Promise<UpstreamReply> =>
    upstreamNamed(upstreams, name).chat(request);
  const metrics = createMetrics();
  const probes = await store.probes();
  const routes = routesOf(config, probes, recordings?.upstream);
  const stop = new AbortController();
  let draining = false;
  let server: HttpServer | undefined;

  metrics.watch(() => {
    const { pending, dropped } = recorder.stats();
    const available = Object.entries(config.models).map(([tier, { upstream, model }]): [string, boolean] => [
      tier,
      upstreams.get(upstream)?.available(model) ?? false,
    ]);
    return {
      queued: pending,
      dropped: Object.values(dropped).reduce((sum, count) => sum + count, 0),
      available: new Map(available),
    };
  });

  const context: HttpContext = {
    ...routes,
    call,
    confidenceModel: priorModel,
    confidenceModelId: `${priorModel.name}@${hashContent(priorModel)}`,
    authenticate: (authorization) => identify(keys, authorization),
    recorder,
    ready: () => checkReady(config, store, upstreams),
    port: () => server?.port,
    draining: () => draining,
    stop: stop.signal,
    expectations: createExpectations(),
    allowance: createFailureAllowance(
      new Map(
        Object.entries(config.upstreams).map(([name, upstream]) => [name, upstream.failureAllowancePerHour]),
      ),
      () => performance.now(),
    ),
    pacing: createPacing({ outcomes: (filter) => store.outcomes(filter), now: Date.now, log }),
    toolLoops: createToolLoops(),
    metrics,
    log,
    bodyBytes: config.limits.bodyBytes,
    requestTimeoutMs: config.limits.requestTimeout,
    corsOrigins: config.cors.origins,
    keepTexts: config.retention.texts,
    now: Date.now,
  };
  const app = createApp(context);
  const fetch = (request: Request, env: object = {}): Response | Promise<Response> => app.fetch(request, env);

  return {
    fetch,
    keys,
    store,
    call,
    async listen() {
      const { host, port } = config.listen;
      if (!isLoopback(host) && !(await keys.required())) {
        throw new WeirError(
          'forbidden_host',
          `Without API keys the gateway listens on loopback only, not on '${host}'; make a key first (\`weir keys create\`), or set \`listen\` to 127.0.0.1:${port}.`,
        );
      }
      server = await startServer({
        fetch,
        host,
        port,
        receiveTimeoutMs: config.limits.receiveTimeout,
        idleTimeoutMs: config.limits.requestTimeout + IDLE_GRACE_MS,
      });
      return { host, port: server.port };
    },
    async probe(model, signal) {
      const { upstream, model: name } = config.models[model] ?? { upstream: '', model: '' };
      const probe = await probeModel(upstreamNamed(upstreams, upstream), name, signal);
      const { logprobs, contextTokens } = probe;
      await store.saveProbe({
        upstream,
        model: name,
        logprobs,
        ...(contextTokens === undefined ? {} : { contextTokens }),
        details: JSON.stringify(probe),
        probedAtMs: Date.now(),
      });
      return probe;
    },
    async close() {
      draining = true;
      const patience = setTimeout(() => stop.abort(), config.drainTimeout);
      // Those that are stopped still say so to their clients.
      await server?.close(config.drainTimeout + GRACE_MS);
      clearTimeout(patience);
      await recorder.close();
      await Promise.all([...upstreams.values()].map((upstream) => upstream.close()));
      await store.close();
    },
  };
}

/** Beyond a request's own limit: by then it has ended, and only a reader that does not read is left. */
const IDLE_GRACE_MS = 60_000;
/** For the last words of requests that were stopped. */
const GRACE_MS = 1_000;

function keyringOf(config: Config, environment: Environment, store: Store): Promise<Keyring> {
  const hasKeys = async (): Promise<boolean> =>
    (await store.keys()).some((key) => key.revokedAtMs === undefined);
  const databasePath = config.store.path === ':memory:' ? undefined : config.store.path;
  return createKeyring({
    store,
    clock: Date.now,
    secret: () => loadSecret({ env: environment, databasePath, hasKeys }),
  });
}

async function identify(
  keys: Keyring,
  authorization: string | undefined,
): Promise<Identity | 'not-required' | 'invalid'> {
  const [, bearer] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
  const caller = bearer === undefined ? undefined : await keys.authenticate(bearer);
  if (caller !== undefined) return caller;
  return (await keys.required()) ? 'invalid' : 'not-required';
}

/** Every upstream of the configuration, wrapped once: nothing else in the program makes one. */
function makeUpstreams(
  config: Config,
  log: Log,
  recordings: GatewayOptions['recordings'],
): ReadonlyMap<string, Upstream> {
  return new Map(
    Object.entries(config.upstreams).map(([name, upstream]): [string, Upstream] => {
      if (name === recordings?.upstream) return [name, recordedUpstream(config, name, recordings.traces)];
      const { connect, firstByte, idle, total } = upstream.timeouts;
      const wire = createOpenAiUpstream({
        name,
        baseUrl: upstream.baseUrl,
        location: upstream.location,
        ...(upstream.apiKey === undefined ? {} : { apiKey: upstream.apiKey.reveal() }),
        headers: Object.fromEntries(
          Object.entries(upstream.headers).map(([header, value]) => [header, value.reveal()]),
        ),
        timeouts: { connectMs: connect, firstByteMs: firstByte, idleMs: idle, totalMs: total },
      });
      const { maxConcurrent, maxQueue, queueTimeout, retries } = upstream;
      const observe = (event: object): void =>
        log.info({ upstream: name, ...event }, 'an upstream was retried, or its circuit changed');
      return [
        name,
        withResilience(wire, { maxConcurrent, maxQueue, queueTimeoutMs: queueTimeout, retries, observe }),
      ];
    }),
  );
}

function recordedUpstream(config: Config, name: string, traces: readonly Trace[]): Upstream {
  const models = Object.values(config.models).flatMap(({ upstream, model }) =>
    upstream === name ? [model] : [],
  );
  const { location } = config.upstreams[name] ?? {};
  return createRecordedUpstream({
    name,
    models,
    questions: () => indexTraces(traces),
    ...(location === undefined ? {} : { location }),
  });
}

function upstreamNamed(upstreams: ReadonlyMap<string, Upstream>, name: string): Upstream {
  const upstream = upstreams.get(name);
  // loadConfig has checked every reference: only a Config made by hand comes here.
  if (upstream === undefined) throw new RangeError(`no upstream is named '${name}'`);
  return upstream;
}

function routesOf(
  config: Config,
  probes: readonly ProbeRow[],
  recorded: string | undefined,
): Pick<HttpContext, 'resolve' | 'models'> {
  const probeOf = (upstream: string, model: string): ProbeRow | undefined =>
    probes.find((probe) => probe.upstream === upstream && probe.model === model);
  const resolver = createResolver(config, {
    now: new Date(),
    probedContext: (upstream, model) => probeOf(upstream, model)?.contextTokens,
    probedLogprobs: (upstream, model) => probeOf(upstream, model)?.logprobs,
  });
  return createServedRoutes(resolver, {
    startedSeconds: Math.floor(Date.now() / 1_000),
    serves: Object.values(config.routes).flatMap(({ serves }) =>
      serves.filter((name) => !name.includes('*')),
    ),
    waits: (route) => {
      const { headerWait, keepAlive } = config.routes[route] ?? {};
      return {
        headerWaitMs: headerWait ?? DEFAULT_HEADER_WAIT_MS,
        keepAliveMs: keepAlive ?? DEFAULT_KEEP_ALIVE_MS,
      };
    },
    asking: (tier) => {
      const {
        maxTokensField,
        dropParams = [],
        params = {},
        logprobs,
        upstream = '',
        model = '',
      } = config.models[tier] ?? {};
      const comes = logprobs ?? probeOf(upstream, model)?.logprobs;
      return {
        dropParams,
        params: new Map(Object.entries(params).map(([name, value]) => [name, JSON.stringify(value)])),
        recorded: upstream === recorded,
        ...(maxTokensField === undefined ? {} : { maxTokensField }),
        ...(comes === undefined ? {} : { logprobs: comes }),
      };
    },
  });
}

/** Of a model that is asked by its own name: what a route's settings default to. */
const DEFAULT_HEADER_WAIT_MS = 2_000;
const DEFAULT_KEEP_ALIVE_MS = 5_000;

/** @throws {WeirError} where the store fails, or all upstreams of a route do. */
async function checkReady(
  config: Config,
  store: Store,
  upstreams: ReadonlyMap<string, Upstream>,
): Promise<void> {
  await store.ping();
  for (const [route, { tiers }] of Object.entries(config.routes)) {
    const anyAvailable = tiers.some((tier) => {
      const { upstream = '', model = '' } = config.models[tier] ?? {};
      return upstreams.get(upstream)?.available(model) === true;
    });
    if (!anyAvailable)
      throw new WeirError(
        'upstream_unavailable',
        `No upstream of route '${route}' can be asked at the moment.`,
        { retryAfterMs: 5_000 },
      );
  }
}
