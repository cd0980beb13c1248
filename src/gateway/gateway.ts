import { pino } from 'pino';
import { createKeyring, type Keyring } from '../access/keys.ts';
import { createSecret } from '../access/secret.ts';
import { isSameUpstream } from '../config/describe/describe-changes.ts';
import { isLoopback } from '../config/schema/listen.ts';
import type { Issue } from '../config/load/problem.ts';
import type { Config } from '../config/schema/schema.ts';
import { WeirError } from '../errors.ts';
import { createGatewayLearning } from './learning.ts';
import { createAuditor } from '../audits/auditor.ts';
import { createAuthenticate } from '../http/authenticate.ts';
import { answerPlainChat, isPlainChat } from '../http/chat-door.ts';
import { createExpectations } from '../request/answer-schema.ts';
import { createFeedbackLimits } from '../request/memory/feedback-limits.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { createPacing } from '../request/memory/pacing.ts';
import { askAboutRecorded, type AboutRecorded, type PaidReading } from '../request/self-assessment.ts';
import { startServer, type HttpServer } from '../http/server.ts';
import { createToolLoops } from '../request/memory/tool-loops.ts';
import { createUnderWay } from '../request/memory/under-way.ts';
import { readInForce } from '../learning/in-force/active-versions.ts';
import { chatRequestSchema } from '../protocol/common/chat.ts';
import type { Expectations } from '../routing/checks.ts';
import type { Tier } from '../routing/policy.ts';
import { createServing, type Serving } from './serving.ts';
import { createRecorder } from '../store/recorder/recorder.ts';
import { openStore, pendingMigrations } from '../store/open.ts';
import type { Store } from '../store/contract/store.ts';
import type { Log } from '../telemetry/names.ts';
import type { Trace } from '../traces/trace.ts';
import { createOpenAiUpstream } from '../upstream/openai-compatible/openai-compatible.ts';
import { maxTokensFieldOf, probeModel, type ModelProbe } from '../upstream/openai-compatible/probe.ts';
import { createRecordedUpstream } from '../upstream/recorded/recorded.ts';
import type { RecordedQuestions } from '../upstream/recorded/recorded-questions.ts';
import { withResilience } from '../upstream/resilience/resilience.ts';
import { createRetired } from '../upstream/retired.ts';
import type { Upstream, UpstreamReply, UpstreamRequest } from '../upstream/upstream.ts';

/** What commands need besides a gateway: who answers at an address, recorded questions. */
export { identify as identifyServer } from '../upstream/servers/identify.ts';
export { indexTraceFile } from '../upstream/recorded/recorded-questions.ts';
export type { RecordedQuestions } from '../upstream/recorded/recorded-questions.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface GatewayOptions {
  config: Config;
  environment: Environment;
  /** Its level, where it has one that can be set, follows the configuration. */
  log: Log & { level?: string };
  /** One upstream of the configuration answers with what was recorded: the demonstration. */
  recordings?: { upstream: string; questions: RecordedQuestions };
}

export interface Gateway {
  /**
   * Opens the configured address.
   * @throws {WeirError} `forbidden_host` where it is not loopback and no key was ever made; else the system's error.
   */
  listen(): Promise<{ host: string; port: number }>;
  keys: Keyring;
  store: Store;
  /** The one way to a model. @throws {UpstreamError} */
  call(upstream: string, request: UpstreamRequest): Promise<UpstreamReply>;
  /** Asks a tier's model about an answer that it gave, as a request's paid signals are asked for. Never throws. */
  askPaid(tier: Tier, about: AboutRecorded): Promise<PaidReading>;
  /** Asks a configured model what it can, and remembers it for the next start. @throws {UpstreamError} */
  probe(model: string, signal: AbortSignal): Promise<ModelProbe>;
  /**
   * Serves by another configuration from the next request on; those under way end as they began. All of it or nothing.
   * @returns what changed, or what stands against it.
   */
  reconfigure(config: Config): Promise<{ taken: string[] } | { refused: Issue[] }>;
  /** Looks at once what is in force in the store, instead of within a second. @throws {WeirError} store_unavailable */
  refreshVersions(): Promise<void>;
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
export function createLog(level: Config['log']['level']): GatewayOptions['log'] {
  return pino({ level, base: null }, pino.destination({ dest: 2, sync: true }));
}

/**
 * The versions in force in a configuration's store, by route, read without changing anything: a store that is not there,
 * or was not brought up to date yet, has none.
 * @throws {WeirError} `store_unavailable`
 */
export async function versionsInForce(config: Config): ReturnType<typeof readInForce> {
  if ((await pendingMigrations(config.store)).length > 0) return new Map();
  const store = await openStore(config.store);
  try {
    return await readInForce(store);
  } finally {
    await store.close();
  }
}

/**
 * A gateway from its configuration. It listens to nothing before {@link Gateway.listen}.
 * @throws {WeirError} `store_unavailable`
 */
export async function createGateway({
  config: firstConfig,
  environment,
  log,
  recordings,
}: GatewayOptions): Promise<Gateway> {
  const store = await openStore(firstConfig.store);
  const secret = createSecret({ environment, store });
  const keys = await createKeyring({ store, secret, clock: Date.now });
  const { capacity, batchSize, interval } = firstConfig.recorder;
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
  const metrics = createMetrics();
  const stop = new AbortController();
  const underWay = createUnderWay();
  let draining = false;
  let server: HttpServer | undefined;
  const auditor = createAuditor({ store, now: Date.now });
  const shared = {
    authenticate: createAuthenticate(keys),
    recorder,
    port: () => server?.port,
    draining: () => draining,
    stop: stop.signal,
    expectations: createExpectations(),
    pacing: createPacing({ outcomes: (filter) => store.outcomes(filter), now: Date.now, log }),
    toolLoops: createToolLoops(),
    feedbackLimits: createFeedbackLimits({ now: () => performance.now() }),
    underWay,
    auditor,
    metrics,
    log,
    now: Date.now,
  };

  const learning = createGatewayLearning({
    store,
    storeUrl: firstConfig.store,
    log,
    metrics,
    refreshVersions: () => serving.refreshVersions(),
  });
  const retired = createRetired();
  const serving = await createServing({
    config: firstConfig,
    store,
    shared,
    ...(recordings === undefined ? {} : { recorded: recordings.upstream }),
    maxTokensFieldOf,
    secret,
    auditing: learning.auditing,
    makeUpstreams: (config, before) => makeUpstreams(config, log, recordings, before),
    retire: retired.add,
  });

  metrics.watch(() => {
    const { pending, dropped } = recorder.stats();
    const { config, upstreams } = serving.current();
    const available = Object.entries(config.models).map(([tier, { upstream, model }]): [string, boolean] => [
      tier,
      upstreams.get(upstream)?.available(model) ?? false,
    ]);
    return {
      queued: pending,
      auditsWaiting: auditor.waiting(),
      dropped: Object.values(dropped).reduce((sum, count) => sum + count, 0),
      available: new Map(available),
    };
  });

  return {
    keys,
    store,
    call: (name, request) => serving.current().context.call(name, request),
    askPaid(tier, about) {
      const { context, tiers } = serving.current();
      return askAboutRecorded(context, tiers, tier, about);
    },
    refreshVersions: serving.refreshVersions,
    async reconfigure(config) {
      const result = await serving.reconfigure(config);
      if ('taken' in result && log.level !== undefined) log.level = config.log.level;
      if ('taken' in result && server !== undefined) await learning.follow(config);
      return result;
    },
    async listen() {
      const { listen, limits } = firstConfig;
      const { host, port } = listen;
      if (!isLoopback(host) && !(await keys.required())) {
        throw new WeirError(
          'forbidden_host',
          `Without API keys the gateway listens on loopback only, not on '${host}'; make a key first (\`weir keys create\`), or set \`listen\` to 127.0.0.1:${port}.`,
        );
      }
      server = await startServer({
        take(request, response) {
          const { context } = serving.current();
          if (!isPlainChat(request, context.bodyBytes)) return false;
          void answerPlainChat(context, request, response);
          return true;
        },
        fetch: (request, env) => serving.current().app.fetch(request, env),
        host,
        port,
        receiveTimeoutMs: limits.receiveTimeout,
        idleTimeoutMs: limits.requestTimeout + IDLE_GRACE_MS,
      });
      await learning.follow(serving.current().config);
      return { host, port: server.port };
    },
    async probe(model, signal) {
      const { config, upstreams } = serving.current();
      const { upstream, model: name } = config.models[model] ?? { upstream: '', model: '' };
      const probe = await probeModel(upstreamNamed(upstreams, upstream), name, signal);
      const { logprobs, contextTokens } = probe;
      await store.saveProbe({
        upstream,
        model: name,
        logprobs,
        ...(contextTokens === undefined ? {} : { contextTokens }),
        details: JSON.stringify({ ...probe, notes: undefined }),
        probedAtMs: Date.now(),
      });
      return probe;
    },
    async close() {
      draining = true;
      await Promise.all([serving.close(), auditor.close(), learning.close()]);
      const { config, upstreams } = serving.current();
      const patience = setTimeout(() => stop.abort(), config.drainTimeout);
      // Those that are stopped still say so to their clients, and those whose clients have gone to the record.
      const mostMs = config.drainTimeout + GRACE_MS;
      const startedMs = performance.now();
      await server?.close(mostMs);
      await underWay.ended(Math.max(LAST_ROWS_MS, mostMs - (performance.now() - startedMs)));
      clearTimeout(patience);
      await recorder.close();
      await Promise.all([...upstreams.values()].map((upstream) => upstream.close()));
      await retired.close();
      await store.close();
    },
  };
}

/** Beyond a request's own limit: by then it has ended, and only a reader that does not read is left. */
const IDLE_GRACE_MS = 60_000;
/** For the last words of requests that were stopped. */
const GRACE_MS = 1_000;
/** For the rows of requests whose connections were cut at the deadline. */
const LAST_ROWS_MS = 100;

/** Every upstream of the configuration, wrapped once: nothing else in the program makes one. */
function makeUpstreams(
  config: Config,
  log: Log,
  recordings: GatewayOptions['recordings'],
  before: Pick<Serving, 'config' | 'upstreams'> | undefined,
): ReadonlyMap<string, Upstream> {
  return new Map(
    Object.entries(config.upstreams).map(([name, upstream]): [string, Upstream] => {
      const known = before?.upstreams.get(name);
      if (known !== undefined && isSameUpstream(before?.config.upstreams[name], upstream))
        return [name, known];
      if (name === recordings?.upstream) return [name, recordedUpstream(config, name, recordings.questions)];
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

function recordedUpstream(config: Config, name: string, questions: RecordedQuestions): Upstream {
  const models = Object.values(config.models).flatMap(({ upstream, model }) =>
    upstream === name ? [model] : [],
  );
  const { location } = config.upstreams[name] ?? {};
  return createRecordedUpstream({
    name,
    models,
    questions: () => Promise.resolve(questions),
    ...(location === undefined ? {} : { location }),
  });
}

function upstreamNamed(upstreams: ReadonlyMap<string, Upstream>, name: string): Upstream {
  const upstream = upstreams.get(name);
  // loadConfig has checked every reference: only a Config made by hand comes here.
  if (upstream === undefined) throw new RangeError(`no upstream is named '${name}'`);
  return upstream;
}
