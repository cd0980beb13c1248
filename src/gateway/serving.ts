import { isDeepStrictEqual } from 'node:util';
import type { AlarmCentre } from '../alarms/alarms.ts';
import type { BackgroundAuditor } from '../audits/auditor.ts';
import { describeChanges } from '../config/describe/describe-changes.ts';
import { needsRestart } from '../config/describe/needs-restart.ts';
import { learningRoutes } from '../config/learning-routes.ts';
import type { Issue } from '../config/load/problem.ts';
import { createResolver } from '../config/resolve.ts';
import { toldLookup } from '../config/told.ts';
import type { Config } from '../config/schema/schema.ts';
import { defined } from '../defined.ts';
import { alarmTargets } from './alarm-targets.ts';
import { createApp } from '../http/app.ts';
import type { ApiContext } from '../http/api/api-context.ts';
import type { AdmissionContext, HttpContext } from '../http/http-context.ts';
import { createActiveVersions } from '../learning/in-force/active-versions.ts';
import { createOperatorDesk } from '../learning/operators/operator-desk.ts';
import type { Protocol } from '../protocol/protocol.ts';
import type { CallContext, RequestContext } from '../request/request-context.ts';
import type { LastTiers } from '../request/memory/last-tiers.ts';
import { createLearnedOfModel } from '../request/memory/learned-of-model.ts';
import { createTierFailures } from '../request/memory/tier-failures.ts';
import type { FeedbackLimits } from '../request/memory/feedback-limits.ts';
import type { KeptAnswers } from '../request/memory/kept-answers.ts';
import type { ServedModel } from '../request/served-route.ts';
import type { Auditing } from '../routing/audit-plan.ts';
import { priorModel } from '../routing/confidence/prior.ts';
import type { Tier } from '../routing/policy.ts';
import type { Recorder } from '../store/recorder/recorder.ts';
import type { Store } from '../store/contract/store.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { openAiCompatible } from '../upstream/openai-compatible/openai-compatible.ts';
import { abilitiesOf, maxTokensFieldOf, type Upstream } from '../upstream/upstream.ts';
import type { Examined } from './health.ts';
import { auditSetup } from './audit-setup.ts';
import { createInForce, type VersionsInForce } from './in-force.ts';
import { listModels } from './list-models.ts';
import { createProbedResolver, readFoundOut, type ProbedResolver } from './probed-resolver.ts';
import {
  announceShares,
  createStatedShares,
  rolloutsOf,
  withoutObserved,
  type Rollouts,
} from './rollouts.ts';
import { createServedRoutes } from './served-routes.ts';
import { dialectNamed, makeUpstreams, upstreamNamed, type UpstreamParts } from './upstreams.ts';

/** What requests are answered with: made as a whole, and replaced as a whole. A request keeps what it began with. */
export interface Serving {
  config: Config;
  upstreams: ReadonlyMap<string, Upstream>;
  context: HttpContext;
  app: ReturnType<typeof createApp>;
  inForce: VersionsInForce;
  shares: Rollouts['shares'];
  /** By the tier's name. */
  models: Map<string, ServedModel>;
  /** Whose health is looked at. */
  examined: Examined;
}

/** What outlives a change of the configuration. */
export interface LastingParts
  extends
    Pick<AdmissionContext, 'authenticate' | 'port' | 'draining' | 'memory' | 'log'>,
    Pick<RequestContext, 'stop' | 'schemaJudge' | 'pacing' | 'toolLoops' | 'underWay' | 'raise' | 'now'> {
  recorder: Recorder;
  feedbackLimits: FeedbackLimits;
  kept: KeptAnswers;
  lastTiers: LastTiers;
  auditor: BackgroundAuditor;
  metrics: Metrics;
  alarms: Pick<AlarmCentre, 'follow' | 'active' | 'resolve'>;
  /** Whether this process can serve, and what is wrong although it can. */
  ready: ApiContext['ready'];
}

export interface ServingOptions extends UpstreamParts {
  config: Config;
  store: Store;
  lasting: LastingParts;
  protocols: readonly Protocol[];
  /** The key of the hashes in the store; used only if requests are audited. @throws {WeirError} store_unavailable */
  secret: () => Promise<string>;
  /** How often learning wants a route audited; if it says nothing, more often until a version is in force. */
  auditing?: (route: string) => Auditing | undefined;
  /** @param patienceMs the longest that a request can still use these. */
  retire(upstreams: readonly Upstream[], patienceMs: number): void;
}

export interface ReplaceableServing {
  current(): Serving;
  /**
   * Applies another configuration from the next request on. All or nothing.
   * @returns what changed, or why the change is refused.
   */
  reconfigure(config: Config): Promise<{ taken: string[] } | { refused: Issue[] }>;
  /** Reads at once which versions are in force. @throws {WeirError} store_unavailable */
  refreshVersions(): Promise<void>;
  /** Makes it anew from the same configuration, with what was found out meanwhile. @throws {WeirError} store_unavailable */
  remake(): Promise<void>;
  /** Takes no further change; resolves when the last one is done. */
  close(): Promise<void>;
}

const SOURCES_LOST = 'The store did not take whose answers the models give: exported answers may not say it.';

/** How quickly a version promoted by another process takes effect. */
const POLL_EVERY_MS = 1_000;
/** For a stopped request to send its error. */
const GRACE_MS = 1_000;

/** @throws {WeirError} store_unavailable */
export async function createServing(options: ServingOptions): Promise<ReplaceableServing> {
  const { store, lasting, protocols, retire } = options;
  const active = await createActiveVersions(store);
  const keptSources = new Set<string>();
  /** What the record cannot name is not known of its rows: that keeps nobody from being served. */
  const keepSources = async (sources: ReadonlyMap<string, string>): Promise<void> => {
    const fresh = [...sources].filter(([hash]) => !keptSources.has(hash));
    const rows = fresh.map(([hash, content]) => ({ hash, content, createdAtMs: lasting.now() }));
    try {
      if (rows.length > 0) await store.saveSources(rows);
      for (const { hash } of rows) keptSources.add(hash);
    } catch (error) {
      lasting.log.warn({ error: error instanceof Error ? error.message : String(error) }, SOURCES_LOST);
    }
  };
  const stated = await createStatedShares(store);
  const make = async (config: Config, before?: Serving): Promise<Serving> => {
    const upstreams = makeUpstreams(config, options, before);
    const inForce = createInForce(active.of);
    const models = before?.config === config ? before.models : new Map<string, ServedModel>();
    const foundOut = await readFoundOut(store);
    const rollouts = await rolloutsOf(config, stated, options.secret);
    const resolver = createProbedResolver(config, { ...foundOut, dialects: options.dialects }, inForce.apply);
    const { resolve, modelNamed, sources } = createServedRoutes(resolver, {
      modelOf(tier) {
        const model = models.get(tier.name) ?? servedModel(config, tier, { upstreams, resolver, ...options });
        models.set(tier.name, model);
        return model;
      },
      settingsOf(route) {
        const { headerWait, keepAlive } = config.routes[route] ?? {};
        return {
          headerWaitMs: headerWait ?? DEFAULT_HEADER_WAIT_MS,
          keepAliveMs: keepAlive ?? DEFAULT_KEEP_ALIVE_MS,
          confidenceModel: inForce.confidenceModel(route) ?? priorModel,
        };
      },
      rolloutOf: rollouts.of,
    });
    await keepSources(sources);
    const { authenticate, port, draining, memory, stop, schemaJudge, pacing, toolLoops, underWay } = lasting;
    const { recorder, auditor, metrics, feedbackLimits, lastTiers, raise, now, log } = lasting;
    const { texts: keepTexts } = config.retention;
    const { hosts, cors } = config;
    const { origins: corsOrigins } = cors;
    const kept = keepTexts ? { kept: lasting.kept } : {};
    const { requestTimeout: requestTimeoutMs, bodyBytes } = config.limits;
    const failures = failuresOf(config, before, lasting);
    const calls: CallContext = { failures, schemaJudge, metrics, log };
    const audits = await auditSetup(config, modelNamed, options);
    const auditContext = { ...calls, recorder, metrics, keepTexts, requestTimeoutMs, draining, now };
    const context: HttpContext = {
      protocols,
      admission: { authenticate, port, draining, corsOrigins, hosts, bodyBytes, memory, log },
      requests: {
        ...calls,
        resolve,
        underWay,
        stop,
        now,
        recorder,
        metrics,
        pacing,
        toolLoops,
        lastTiers,
        raise,
        ...(audits === undefined ? {} : { auditor: auditor.under({ ...auditContext, audits }) }),
        requestTimeoutMs,
        keepTexts,
        ...kept,
      },
      api: {
        models: listModels(config, resolver),
        tiersOf: (route) => config.routes[route]?.tiers ?? [],
        recorder,
        operatorDesk: createOperatorDesk({
          store,
          routes: learningRoutes(config),
          policies: createResolver(config, {
            now: new Date(now()),
            told: toldLookup(config, foundOut.servedModels),
          }).routes,
          now,
        }),
        feedbackLimits,
        ...kept,
        ready: lasting.ready,
        metrics,
        now,
      },
    };
    inForce.announce(before?.inForce, log);
    announceShares(before?.shares, rollouts, { routes: resolver.routes, log });
    const { routes, models: byName } = resolver;
    const examined = {
      routes: withoutObserved(routes, rollouts),
      models: byName,
      upstreams,
      unused: inForce.notes(),
    };
    const { shares } = rollouts;
    return { config, upstreams, context, app: createApp(context), inForce, shares, models, examined };
  };

  let current = await make(options.config);
  followAlarms(lasting.alarms, current.config);
  /** Changes run one after another: each starts from the result of the one before. */
  let lastChange: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(change: () => Promise<T>): Promise<T> => {
    const result = lastChange.then(change);
    lastChange = result.catch(() => undefined);
    return result;
  };
  const replace = async (config: Config): Promise<void> => {
    const before = current;
    current = await make(config, before);
    followAlarms(lasting.alarms, config);
    // A new version does not affect waiting audits.
    if (config !== before.config) lasting.auditor.reconfigured({ audited: config.learning !== undefined });
    const kept = new Set(current.upstreams.values());
    const { receiveTimeout, requestTimeout } = config.limits;
    retire(
      [...before.upstreams.values()].filter((upstream) => !kept.has(upstream)),
      receiveTimeout + requestTimeout + GRACE_MS,
    );
  };
  /** The versions in force are not the ones that serve; also after a failed attempt to serve them. */
  let stale = false;
  const refresh = (look: { evenIfUnchanged: boolean }): Promise<void> =>
    inTurn(async () => {
      stale = (await active.refresh(look)).length > 0 || stale;
      stale = (await stated.refresh(look)) || stale;
      if (stale) await replace(current.config);
      stale = false;
    });
  const poll = setInterval(() => {
    // While the store fails, the known versions stay in force; readiness reports the failure.
    void refresh({ evenIfUnchanged: false }).catch(() => undefined);
  }, POLL_EVERY_MS).unref();

  return {
    current: () => current,
    // The store's change counter does not count this process's own writes.
    refreshVersions: () => refresh({ evenIfUnchanged: true }),
    remake: () => inTurn(() => replace(current.config)),
    reconfigure: (config) =>
      inTurn(async () => {
        const refused = needsRestart(current.config, config);
        if (refused.length > 0) return { refused };
        const taken = describeChanges(current.config, config);
        await replace(config);
        return { taken };
      }),
    async close() {
      clearInterval(poll);
      await lastChange;
    },
  };
}

/** Tells whom the configuration names. */
function followAlarms(alarms: LastingParts['alarms'], config: Config): void {
  alarms.follow(alarmTargets(config));
}

/** If the limits did not change, what failing tiers have used of them stays used. */
function failuresOf(
  config: Config,
  before: Serving | undefined,
  { raise }: Pick<LastingParts, 'raise'>,
): CallContext['failures'] {
  const limits = failureLimits(config);
  if (before !== undefined && isDeepStrictEqual(failureLimits(before.config), limits))
    return before.context.requests.failures;
  return createTierFailures({ ...limits, raise, now: () => performance.now() });
}

/** What failing tiers may cost. */
function failureLimits({ routes, upstreams }: Config): {
  maxExtraNanoUsd: Map<string, number>;
  perUpstream: Map<string, number>;
} {
  const maxExtraNanoUsd = new Map<string, number>();
  const perUpstream = new Map<string, number>();
  for (const [route, { onTierFailure }] of Object.entries(routes))
    if (onTierFailure !== undefined)
      maxExtraNanoUsd.set(route, Math.round(onTierFailure.maxExtraUsdPerHour * 1e9));
  for (const [upstream, { failureAllowancePerHour }] of Object.entries(upstreams))
    if (failureAllowancePerHour !== undefined) perUpstream.set(upstream, failureAllowancePerHour);
  return { maxExtraNanoUsd, perUpstream };
}

/** How a tier's model is called: by the configuration, else by what a probe found out. */
function servedModel(
  config: Config,
  { name, model, upstream }: Tier,
  {
    upstreams,
    resolver,
    recordings,
    dialects,
    lasting: { now },
  }: Pick<ServingOptions, 'recordings' | 'dialects' | 'lasting'> & {
    upstreams: ReadonlyMap<string, Upstream>;
    resolver: ProbedResolver;
  },
): ServedModel {
  const {
    maxTokensField,
    maxOutputTokens,
    dropParams = [],
    params = {},
    logprobs,
    supports = {},
  } = config.models[name] ?? {};
  const probe = resolver.probeOf(upstream, model);
  const recorded = upstream === recordings?.upstream;
  // Recordings answer in the common form, whatever server they stand for.
  const dialect = recorded
    ? openAiCompatible
    : dialectNamed(dialects, config.upstreams[upstream]?.dialect ?? '');
  return {
    asked: {
      name,
      model,
      upstream,
      dropParams,
      params: new Map(Object.entries(params).map(([key, value]) => [key, JSON.stringify(value)])),
      ...defined({
        maxTokensField: maxTokensField ?? (probe === undefined ? undefined : maxTokensFieldOf(probe.details)),
        defaultMaxTokens: maxOutputTokens ?? dialect.defaultMaxTokens,
        maxOutputTokens,
        logprobs: logprobs ?? resolver.logprobsOf(upstream, model),
      }),
    },
    dialect,
    upstream: upstreamNamed(upstreams, upstream),
    recorded,
    learned: createLearnedOfModel({
      configured: supports,
      probe: probe && { found: abilitiesOf(probe.details), atMs: probe.probedAtMs },
      now,
    }),
  };
}

/** For a model that is asked for by its own name: the defaults of a route's settings. */
const DEFAULT_HEADER_WAIT_MS = 2_000;
const DEFAULT_KEEP_ALIVE_MS = 5_000;
