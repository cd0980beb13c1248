import { isDeepStrictEqual } from 'node:util';
import { describeChanges } from '../config/describe/describe-changes.ts';
import { learningRoutes } from '../config/learning-routes.ts';
import { needsRestart } from '../config/describe/needs-restart.ts';
import type { Issue } from '../config/load/problem.ts';
import { createResolver } from '../config/resolve.ts';
import type { Config } from '../config/schema/schema.ts';
import { createApp } from '../http/app.ts';
import type { AuditSettings, HttpContext, ServedRoute, ServedTier } from '../request/context.ts';
import { createFailureAllowance } from '../request/memory/failure-allowance.ts';
import { createInForce, type InForce } from './in-force.ts';
import { checkReady } from './readiness.ts';
import { createServedRoutes } from './served-routes.ts';
import { createActiveVersions } from '../learning/in-force/active-versions.ts';
import { DEFAULT_JUDGE_PROMPT } from '../learning/labels/judge.ts';
import { conversationKeyOf } from '../learning/labels/question-key.ts';
import { controlAnswer } from '../learning/labels/judge-controls.ts';
import { createPeople } from '../learning/operators/operator-desk.ts';
import { createCanJudge, createVerdicts } from '../learning/labels/verdicts.ts';
import { auditRatesOf, type Auditing } from '../routing/audit-plan.ts';
import type { Policy } from '../routing/policy.ts';
import { ruleOf } from '../routing/rules/rules.ts';
import { priorModel } from '../routing/confidence/prior.ts';
import type { ProbeRow, Store } from '../store/contract/store.ts';
import type { Upstream } from '../upstream/upstream.ts';

/** What requests are answered with: made as a whole, and replaced as a whole. A request keeps what it began with. */
export interface Serving {
  config: Config;
  upstreams: ReadonlyMap<string, Upstream>;
  context: HttpContext;
  app: ReturnType<typeof createApp>;
  inForce: InForce;
  tiers: Map<string, ServedTier>;
}

/** What of a request's surroundings outlives a change. */
type Shared = Pick<
  HttpContext,
  | 'authenticate'
  | 'recorder'
  | 'port'
  | 'draining'
  | 'stop'
  | 'expectations'
  | 'pacing'
  | 'toolLoops'
  | 'feedbackLimits'
  | 'underWay'
  | 'auditor'
  | 'metrics'
  | 'log'
  | 'now'
>;

export interface ServingOptions {
  config: Config;
  store: Store;
  shared: Shared;
  /** The upstream whose answers are recorded ones: the demonstration's. */
  recorded?: string;
  /** The name under which a probed model takes its answer's limit, by the probe's details; absent where it did not tell. */
  maxTokensFieldOf: (details: string) => ServedTier['maxTokensField'];
  /** What hashes in the store are keyed with; asked for only where requests are audited. @throws {WeirError} store_unavailable */
  secret: () => Promise<string>;
  /** How often a route is audited as learning has it; where it says nothing, more until a version is in force. */
  auditing?: (route: string) => Auditing | undefined;
  /** @param before what is served now: an upstream that did not change is used on, with all it has learned. */
  makeUpstreams(config: Config, before: Serving | undefined): ReadonlyMap<string, Upstream>;
  /** @param patienceMs the longest that a request can still use these. */
  retire(upstreams: readonly Upstream[], patienceMs: number): void;
}

export interface ReplaceableServing {
  current(): Serving;
  /**
   * Serves by another configuration from the next request on. All of it or nothing.
   * @returns what changed, or what stands against it.
   */
  reconfigure(config: Config): Promise<{ taken: string[] } | { refused: Issue[] }>;
  /** Looks at once what is in force in the store. @throws {WeirError} store_unavailable */
  refreshVersions(): Promise<void>;
  /** No further change is taken; resolves when the last one is. */
  close(): Promise<void>;
}

/** So soon does a version act that another process promoted. */
const POLL_EVERY_MS = 1_000;
/** For the last words of a request that was stopped. */
const GRACE_MS = 1_000;

/** @throws {WeirError} store_unavailable */
export async function createServing(options: ServingOptions): Promise<ReplaceableServing> {
  const { store, shared, retire } = options;
  const active = await createActiveVersions(store);
  const make = async (config: Config, before?: Serving): Promise<Serving> => {
    const upstreams = options.makeUpstreams(config, before);
    const inForce = createInForce(active.of);
    const tiers = before?.config === config ? before.tiers : new Map<string, ServedTier>();
    const probes = await store.probes();
    const { policies, modelNamed, ...routes } = routesOf(config, {
      probes,
      recorded: options.recorded,
      inForce,
      tiers,
      maxTokensFieldOf: options.maxTokensFieldOf,
    });
    const notes = inForce.notes();
    const audits = await auditsOf(config, modelNamed, options);
    const context: HttpContext = {
      ...shared,
      ...routes,
      ...(audits === undefined ? {} : { audits }),
      call: (name, request) => {
        const upstream = upstreams.get(name);
        // loadConfig has checked every reference: only a Config made by hand comes here.
        if (upstream === undefined) throw new RangeError(`no upstream is named '${name}'`);
        return upstream.chat(request);
      },
      ready: () => checkReady({ store, routes: policies, upstreams, notes }),
      people: createPeople({
        store,
        routes: learningRoutes(config),
        policies: createResolver(config, { now: new Date(shared.now()) }).routes,
        now: shared.now,
      }),
      allowance: allowanceOf(config, before),
      bodyBytes: config.limits.bodyBytes,
      requestTimeoutMs: config.limits.requestTimeout,
      corsOrigins: config.cors.origins,
      keepTexts: config.retention.texts,
    };
    inForce.announce(before?.inForce, shared.log);
    return { config, upstreams, context, app: createApp(context), inForce, tiers };
  };

  let current = await make(options.config);
  /** One change after the other: each begins with what the one before it left. */
  let lastChange: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(change: () => Promise<T>): Promise<T> => {
    const result = lastChange.then(change);
    lastChange = result.catch(() => undefined);
    return result;
  };
  const replace = async (config: Config): Promise<void> => {
    const before = current;
    current = await make(config, before);
    // A version that takes force changes nothing of what waits to be audited.
    if (config !== before.config) shared.auditor.reconfigured(current.context.audits);
    const kept = new Set(current.upstreams.values());
    const { receiveTimeout, requestTimeout } = config.limits;
    retire(
      [...before.upstreams.values()].filter((upstream) => !kept.has(upstream)),
      receiveTimeout + requestTimeout + GRACE_MS,
    );
  };
  /** Something else is in force than what is served: also where the last try to serve it failed. */
  let stale = false;
  const refresh = (look: { evenIfNobodyElseWrote: boolean }): Promise<void> =>
    inTurn(async () => {
      stale ||= (await active.refresh(look)).length > 0;
      if (stale) await replace(current.config);
      stale = false;
    });
  const poll = setInterval(() => {
    // While the store fails, what was known stays in force; readiness reports the store.
    void refresh({ evenIfNobodyElseWrote: false }).catch(() => undefined);
  }, POLL_EVERY_MS).unref();

  return {
    current: () => current,
    // What this process itself wrote moves no counter.
    refreshVersions: () => refresh({ evenIfNobodyElseWrote: true }),
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

/** What is audited, as the configuration says; `undefined` where it says nothing of it. */
async function auditsOf(
  { learning }: Config,
  modelNamed: (name: string) => ServedRoute | undefined,
  { store, auditing, secret: secretOf }: Pick<ServingOptions, 'store' | 'auditing' | 'secret'>,
): Promise<AuditSettings | undefined> {
  if (learning === undefined) return undefined;
  const secret = await secretOf();
  const { dailyBudgetUsd, maxConcurrent, agreement, judgePrompt: prompt = DEFAULT_JUDGE_PROMPT } = learning;
  const judge = learning.judge === undefined ? undefined : modelNamed(learning.judge);
  const sources = {
    reference: (route: string, key: string) => store.reference(route, key),
    ...(agreement === undefined ? {} : { agreement }),
  };
  return {
    rates: ({ policy }) =>
      auditRatesOf(
        learning,
        auditing?.(policy.route) ?? (ruleOf(policy.rule).awaitsVersion ? 'start' : 'usual'),
      ),
    dailyBudgetUsd,
    maxConcurrent,
    ...(judge === undefined ? {} : { judge }),
    conversation: (messages) => conversationKeyOf(messages, secret),
    canJudge: createCanJudge({ ...sources, judge: judge !== undefined }),
    verdicts: createVerdicts({ ...sources, prompt }),
    control: controlAnswer,
  };
}

/** What failing upstreams have used of their allowances stays used where the allowances did not change. */
function allowanceOf(config: Config, before: Serving | undefined): HttpContext['allowance'] {
  const limits = ({ upstreams }: Config): [string, number][] =>
    Object.entries(upstreams).map(([name, upstream]) => [name, upstream.failureAllowancePerHour]);
  if (before !== undefined && isDeepStrictEqual(limits(before.config), limits(config)))
    return before.context.allowance;
  return createFailureAllowance(new Map(limits(config)), () => performance.now());
}

interface RoutesOptions {
  probes: readonly ProbeRow[];
  recorded: string | undefined;
  inForce: InForce;
  tiers: Map<string, ServedTier>;
  maxTokensFieldOf: ServingOptions['maxTokensFieldOf'];
}

function routesOf(
  config: Config,
  { probes, recorded, inForce, tiers, maxTokensFieldOf }: RoutesOptions,
): ReturnType<typeof createServedRoutes> & { policies: ReadonlyMap<string, Policy> } {
  const probeOf = (upstream: string, model: string): ProbeRow | undefined =>
    probes.find((probe) => probe.upstream === upstream && probe.model === model);
  const resolver = createResolver(config, {
    now: new Date(),
    probedContext: (upstream, model) => probeOf(upstream, model)?.contextTokens,
    probedLogprobs: (upstream, model) => probeOf(upstream, model)?.logprobs,
    inForce: inForce.apply,
  });
  const served = createServedRoutes(resolver, {
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
    known: tiers,
    confidenceModel: (route) => inForce.confidenceModel(route) ?? priorModel,
    asking: (tier) => {
      const {
        maxTokensField,
        dropParams = [],
        params = {},
        logprobs,
        upstream = '',
        model = '',
      } = config.models[tier] ?? {};
      const probe = probeOf(upstream, model);
      const comes = logprobs ?? probe?.logprobs;
      const limit = maxTokensField ?? (probe === undefined ? undefined : maxTokensFieldOf(probe.details));
      return {
        dropParams,
        params: new Map(Object.entries(params).map(([name, value]) => [name, JSON.stringify(value)])),
        recorded: upstream === recorded,
        ...(limit === undefined ? {} : { maxTokensField: limit }),
        ...(comes === undefined ? {} : { logprobs: comes }),
      };
    },
  });
  return { ...served, policies: resolver.routes };
}

/** Of a model that is asked by its own name: what a route's settings default to. */
const DEFAULT_HEADER_WAIT_MS = 2_000;
const DEFAULT_KEEP_ALIVE_MS = 5_000;
