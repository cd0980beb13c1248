import { defined } from '../defined.ts';
import { pino } from 'pino';
import { createKeyring, type Keyring } from '../access/keys.ts';
import { createSecret } from '../access/secret.ts';
import { isLoopback } from '../upstream/transport/loopback.ts';
import type { Environment } from '../config/load/interpolate.ts';
import type { Issue } from '../config/load/problem.ts';
import type { Config } from '../config/schema/schema.ts';
import { WeirError } from '../errors.ts';
import { createAlarms } from '../alarms/alarms.ts';
import { commandLine } from '../format/command-line.ts';
import { createHealth } from './health.ts';
import { gatewayAddress } from './alarm-targets.ts';
import { createGatewayLearning } from './learning.ts';
import { createAuditor } from '../audits/auditor.ts';
import { createAuthenticate } from '../http/admission.ts';
import { answerPlainChat, plainChatProtocol } from '../http/plain-chat.ts';
import { createFeedbackLimits } from '../request/memory/feedback-limits.ts';
import { createKeptAnswers } from '../request/memory/kept-answers.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { createMemoryLedger } from '../request/memory/memory-ledger.ts';
import { createLastTiers } from '../request/memory/last-tiers.ts';
import { createPacing } from '../request/memory/pacing.ts';
import { askQuestion, type OwnQuestion } from '../request/own-call.ts';
import { assessRecorded, type RecordedAssessment, type SelfAssessed } from '../request/self-assessment.ts';
import { startServer, type HttpServer } from '../http/server.ts';
import { createToolLoops } from '../request/memory/tool-loops.ts';
import { createUnderWay } from '../request/memory/under-way.ts';
import type { Tier } from '../routing/policy.ts';
import { createSchemaJudge } from '../schemas/judge.ts';
import { watchUncaught, type Uncaught } from './process-errors.ts';
import { createServerReader } from './read-servers.ts';
import { serverHash } from '../config/told.ts';
import { guardRollouts } from './rollout-guard.ts';
import { createServing } from './serving.ts';
import { createRecorder } from '../store/recorder/recorder.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/contract/store.ts';
import { ENGINES } from '../store/engines.ts';
import type { StoreEngine } from '../store/sql/engine.ts';
import type { Log } from '../telemetry/names.ts';
import type { Completion } from '../protocol/common/chat.ts';
import type { Protocol } from '../protocol/protocol.ts';
import { PROTOCOLS } from '../protocol/protocols.ts';
import { DIALECTS } from '../upstream/dialects.ts';
import { callInCommonForm } from '../upstream/common-form.ts';
import { createRetired } from '../upstream/retired.ts';
import type { ModelProbe, UpstreamReply, UpstreamRequest } from '../upstream/upstream.ts';
import { dialectNamed, upstreamNamed, type Dialects, type Recordings } from './upstreams.ts';

/** What commands need besides a gateway: what nobody caught, which server answers at an address, recorded questions, tests. */
export { identify as identifyServer } from '../upstream/servers/identify.ts';
export { testAlarms, type AlarmDelivery } from './alarm-targets.ts';
export { toldByServers, versionsInForce } from './read-store.ts';
export { checkRecorded } from './check-recorded.ts';
export { watchUncaught };
export { indexTraceFile } from '../upstream/recorded/recorded-questions.ts';
export type { RecordedQuestions } from '../upstream/recorded/recorded-questions.ts';

export interface GatewayOptions {
  config: Config;
  environment: Environment;
  /** If it has a level, the level follows the configuration. */
  log: Log & { level?: string };
  /** One upstream of the configuration answers with recorded answers: the demonstration. */
  recordings?: Recordings;
  /** The protocols that clients can speak. Default: all. */
  protocols?: readonly Protocol[];
  /** The dialects that upstreams can speak. Default: all. */
  dialects?: Dialects;
  /**
   * The kinds of databases that the store may be. Default: all. The thread that learns opens the store itself, by the table:
   * no function reaches a thread.
   */
  engines?: readonly StoreEngine[];
}

export interface Gateway {
  /**
   * Opens the configured address. @param file the configuration's, for the command that an error names.
   * @throws {WeirError} `forbidden_host` where it is not loopback and no key was ever made; else the system's error.
   */
  listen(file?: string): Promise<{ host: string; port: number }>;
  keys: Keyring;
  store: Store;
  /**
   * Asks a model with a request in the common form that does not stream, whatever its server speaks. @throws {UpstreamError}
   */
  call(upstream: string, request: UpstreamRequest): Promise<UpstreamReply>;
  /** Asks a configured model an operator's question. @throws {UpstreamError} {@link InvalidAnswer} */
  ask(model: string, question: OwnQuestion): Promise<Completion>;
  /** Asks a tier's model about an answer that it gave, as a request's paid signals are asked for. Never throws. */
  assess(tier: Tier, about: RecordedAssessment): Promise<SelfAssessed>;
  /** Asks a configured model what it can, and remembers it for the next start. @throws {UpstreamError} */
  probe(model: string, signal: AbortSignal): Promise<ModelProbe>;
  /**
   * Reads what the servers on the premises tell of their models, and uses it from then on. Asks no model.
   * @throws {WeirError} store_unavailable
   */
  readServers(): Promise<void>;
  /** Does so now, with every change of the configuration, and again from time to time, in the background. */
  watchServers(): void;
  /**
   * Applies another configuration from the next request on; requests under way end under the old one. All or nothing.
   * @returns what changed, or why the change is refused.
   */
  reconfigure(config: Config): Promise<{ taken: string[] } | { refused: Issue[] }>;
  /** Counts what nobody caught. */
  uncaught(kind: Uncaught): void;
  /** Reads at once which versions are in force, instead of within a second. @throws {WeirError} store_unavailable */
  refreshVersions(): Promise<void>;
  /** Waits at most `drainTimeout` for requests under way, then writes what is queued and closes everything. */
  close(): Promise<void>;
}

/** The log of a process: JSON lines on standard error, so that standard output stays the commands' own. */
export function createLog(level: Config['log']['level']): GatewayOptions['log'] {
  return pino({ level, base: null }, pino.destination({ dest: 2, sync: true }));
}

/** How often answers that were kept for clients are looked through for those that have had their time. */
const FORGET_EVERY_MS = 600_000;

/**
 * A gateway from its configuration. It listens to nothing before {@link Gateway.listen}.
 * @throws {WeirError} `store_unavailable`
 */
export async function createGateway({
  config: firstConfig,
  environment,
  log,
  recordings,
  protocols = PROTOCOLS,
  dialects = DIALECTS,
  engines = ENGINES,
}: GatewayOptions): Promise<Gateway> {
  const store = await openStore(firstConfig.store, {
    engines,
    onUpdated: ({ copy }) =>
      log.warn(
        { copy },
        'the tables of the store were brought up to date with this version of Weir; the store as it was is kept in `copy`',
      ),
  });
  const secret = createSecret({ environment, store });
  const keys = await createKeyring({ store, secret, clock: Date.now });
  const { capacity, batchSize, interval } = firstConfig.recorder;
  const memory = createMemoryLedger(firstConfig.limits.memoryBytes);
  const recorder = await createRecorder({
    memory: memory.part(RECORDER_SHARE),
    store,
    clock: Date.now,
    log,
    capacity,
    batchSize,
    intervalMs: interval,
    onLoss: (loss) =>
      log.warn(
        loss,
        'an earlier run ended without closing the record; at most this many of its rows are missing',
      ),
  });
  const metrics = createMetrics();
  const alarms = createAlarms({ log, metrics, now: Date.now, gateway: gatewayAddress(firstConfig) });
  const stop = new AbortController();
  const underWay = createUnderWay();
  let draining = false;
  let server: HttpServer | undefined;
  const auditor = createAuditor({ store, now: Date.now, memory: memory.part(AUDITS_SHARE) });
  const schemaJudge = createSchemaJudge({
    onError: (error) => log.error({ error: causeOf(error) }, 'an answer could not be judged by its schema'),
  });
  const health = createHealth({
    alarms,
    store,
    recorder,
    schemaJudge,
    examined: () => serving.current().examined,
  });
  const lastTiers = createLastTiers(() => performance.now());
  const lasting = {
    alarms,
    ready: async () => [...(await health.look()), ...lastTiers.degraded()],
    authenticate: createAuthenticate(keys),
    memory,
    recorder,
    port: () => server?.port,
    draining: () => draining,
    stop: stop.signal,
    schemaJudge,
    raise: guardRollouts({
      raise: alarms.raise,
      store,
      current() {
        const { config, shares } = serving.current();
        return { routes: config.routes, shares };
      },
      refresh: () => serving.refreshVersions(),
      log,
      now: Date.now,
    }),
    lastTiers,
    pacing: createPacing({ outcomes: (filter) => store.outcomes(filter), now: Date.now, log }),
    toolLoops: createToolLoops(),
    feedbackLimits: createFeedbackLimits({ now: () => performance.now() }),
    kept: createKeptAnswers({ store, now: Date.now, log }),
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
    raise: alarms.raise,
    dialects,
    refreshVersions: () => serving.refreshVersions(),
  });
  const retired = createRetired();
  const forgetExpired = setInterval(() => {
    // Whoever keeps the next one tries again.
    void store.dropExpiredAnswers(Date.now()).catch(() => undefined);
  }, FORGET_EVERY_MS).unref();
  const serving = await createServing({
    config: firstConfig,
    store,
    lasting,
    protocols,
    dialects,
    recordings,
    log,
    secret,
    auditing: learning.auditing,
    retire: retired.add,
  });

  const servers = createServerReader({
    store,
    config: () => serving.current().config,
    skip: recordings?.upstream,
    async onNews() {
      await serving.remake();
      if (server !== undefined) await learning.follow(serving.current().config);
    },
  });

  metrics.watch(() => {
    const { pending, dropped } = recorder.stats();
    const { config, upstreams, shares } = serving.current();
    const available = Object.entries(config.models).map(([tier, { upstream, model }]): [string, boolean] => [
      tier,
      upstreams.get(upstream)?.available(model) ?? false,
    ]);
    return {
      queued: pending,
      memoryHeld: memory.held,
      memoryRefused: memory.refused,
      auditsWaiting: auditor.waiting(),
      alarms: alarms.active().map(({ kind }) => kind),
      schemaProcessDeaths: schemaJudge.state.died,
      dropped: Object.values(dropped).reduce((sum, count) => sum + count, 0),
      shares,
      available: new Map(available),
    };
  });

  return {
    keys,
    store,
    call(name, request) {
      const { config, upstreams } = serving.current();
      const { dialect = '' } = config.upstreams[name] ?? {};
      return callInCommonForm(upstreamNamed(upstreams, name), dialectNamed(dialects, dialect), request);
    },
    async ask(name, question) {
      const model = serving.current().models.get(name);
      // The configuration was read before: this cannot be reached.
      if (model === undefined) throw new RangeError(`no model is named '${name}'`);
      return askQuestion(model, question);
    },
    assess: (tier, about) => assessRecorded(serving.current().models, tier, about),
    refreshVersions: serving.refreshVersions,
    uncaught(kind) {
      metrics.uncaught(kind);
      const message =
        'An error in Weir was not caught; its log has the details. ' +
        (kind === 'rejection'
          ? 'The work that it belonged to has ended, and the gateway goes on.'
          : 'The gateway ends the requests under way and exits.');
      alarms.raise({ kind: 'uncaught_error', about: kind, message });
    },
    async reconfigure(config) {
      const result = await serving.reconfigure(config);
      if ('taken' in result && log.level !== undefined) log.level = config.log.level;
      if ('taken' in result && server !== undefined) await learning.follow(config);
      if ('taken' in result) servers.reconfigured();
      return result;
    },
    readServers: servers.read,
    watchServers: servers.watch,
    async listen(file) {
      const { listen, limits } = firstConfig;
      const { host, port } = listen;
      if (!isLoopback(host) && !(await keys.required())) {
        throw new WeirError(
          'forbidden_host',
          `Without API keys the gateway listens on loopback only, not on '${host}'; make a key first (${commandLine('keys create', file)}), or set \`listen\` to 127.0.0.1:${port}.`,
        );
      }
      server = await startServer({
        take(request, response) {
          const { context } = serving.current();
          const protocol = plainChatProtocol(request, context);
          if (protocol === undefined) return false;
          void answerPlainChat(context, protocol, request, response);
          return true;
        },
        fetch: (request, env) => serving.current().app.fetch(request, env),
        host,
        port,
        receiveTimeoutMs: limits.receiveTimeout,
        writeTimeoutMs: limits.writeTimeout,
        memoryBytes: limits.memoryBytes,
        log,
        onCut: metrics.cut,
        onShortage: metrics.shortage,
      });
      await learning.follow(serving.current().config);
      health.watch();
      return { host, port: server.port };
    },
    async probe(model, signal) {
      const { config, upstreams } = serving.current();
      const { upstream, model: name } = config.models[model] ?? { upstream: '', model: '' };
      const configured = config.upstreams[upstream];
      const { dialect = '' } = configured ?? {};
      const probed = upstreamNamed(upstreams, upstream);
      const probe = await dialectNamed(dialects, dialect).probe(probed, name, signal);
      const { logprobs, contextTokens } = probe;
      await store.saveProbe({
        upstream,
        model: name,
        logprobs,
        ...defined({ contextTokens }),
        details: JSON.stringify({
          ...probe,
          notes: undefined,
          server: configured && serverHash(configured),
        }),
        probedAtMs: Date.now(),
      });
      return probe;
    },
    async close() {
      draining = true;
      clearInterval(forgetExpired);
      await servers.close();
      await Promise.all([health.close(), serving.close(), auditor.close(), learning.close()]);
      const { config, upstreams } = serving.current();
      const patience = setTimeout(() => stop.abort(), config.drainTimeout);
      // Stopped requests still tell their clients, and those without a client still reach the record.
      const mostMs = config.drainTimeout + GRACE_MS;
      const startedMs = performance.now();
      await server?.close(mostMs);
      await underWay.ended(Math.max(LAST_ROWS_MS, mostMs - (performance.now() - startedMs)));
      clearTimeout(patience);
      schemaJudge.close();
      await Promise.all([recorder.close(), alarms.close(LAST_ALARMS_MS)]);
      await Promise.all([...upstreams.values()].map((upstream) => upstream.close()));
      await retired.close();
      await store.close();
    },
  };
}

/** Of the memory that requests may hold: a store that hangs leaves the rest to them, and audits come last. */
const RECORDER_SHARE = 0.25;
const AUDITS_SHARE = 0.125;
/** An error for the log, with where it came from. */
function causeOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** For alarms that a receiver was not told yet. */
const LAST_ALARMS_MS = 3_000;
/** For stopped requests to send their error. */
const GRACE_MS = 1_000;
/** For the rows of requests whose connections were cut at the deadline. */
const LAST_ROWS_MS = 100;
