import { defined } from '../defined.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { configuredShare } from '../config/configured-share.ts';
import type { Config } from '../config/schema/schema.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { learnedRoute } from '../learning/learner/learned-route.ts';
import { createLearnerThread, type LearnerNews } from '../learning/learner/learner-thread.ts';
import { scorerWords } from '../learning/labels/sources/sources.ts';
import { jobOf, readLearnerState } from '../learning/learner/learner-state.ts';
import type { LearnedRoute } from '../learning/learner/learned-route.ts';
import { LEASE_MS } from '../learning/learner/lease.ts';
import type { Auditing } from '../routing/audit-plan.ts';
import type { LearningStore } from '../store/contract/learning-rows.ts';
import type { Store } from '../store/contract/store.ts';
import type { RaiseAlarm } from '../telemetry/alarms.ts';
import type { Log } from '../telemetry/names.ts';
import { createProbedResolver, readFoundOut, type FoundOut } from './probed-resolver.ts';
import type { Dialects } from './upstreams.ts';

export interface GatewayLearningOptions {
  store: Pick<Store, 'probes' | 'servedModels' | 'shared'> & Pick<LearningStore, 'jobs' | 'keepJob'>;
  /** The thread opens the same store by it, on a connection of its own. */
  storeUrl: string;
  log: Log;
  metrics: Pick<Metrics, 'learned'>;
  /** Told of the alarms of learning. */
  raise: RaiseAlarm;
  dialects: Dialects;
  /** Reads which versions are in force. */
  refreshVersions: () => Promise<void>;
}

export interface GatewayLearning {
  /** Learns as the configuration says from now on. @throws {WeirError} store_unavailable */
  follow(config: Config): Promise<void>;
  /** How often the route is audited, by the last known state of its learning; absent before learning has begun. */
  auditing(route: string): Auditing | undefined;
  close(): Promise<void>;
}

/** How quickly the steps of another process that learns are noticed. */
const LOOK_EVERY_MS = 2_000;
/** How rarely a detector may raise a false alarm: about once a month at two thousand requests a day. */
const REQUESTS_BETWEEN_FALSE_ALARMS = 60_000;

/** The learning of a gateway: runs its thread, logs its news, and follows its state. */
export function createGatewayLearning({
  store,
  storeUrl,
  log,
  metrics,
  raise,
  dialects,
  refreshVersions,
}: GatewayLearningOptions): GatewayLearning {
  const thread = createLearnerThread({
    source: new URL(import.meta.url.replace(/learning(\.\w+)$/, 'learner-worker$1')),
    storeUrl,
    log,
    onNews: report,
    keepLease: ({ name, holder }) => store.keepJob(name, holder, LEASE_MS),
    now: Date.now,
    sleep: (ms, signal) => delay(ms, undefined, { signal, ref: false }).catch(() => undefined),
  });
  let learned: readonly LearnedRoute[] = [];
  let seen = new Map<string, Auditing>();
  let look: NodeJS.Timeout | undefined;

  function report({ events, forced, problems }: LearnerNews): void {
    for (const { route, kind, message, version } of events) {
      metrics.learned(route, kind);
      const fields = { route, ...defined({ version }) };
      const words = `Learning, route '${route}': ${message}`;
      if (kind === 'alarm') raise({ kind: 'learning', about: route, message: words });
      else if (kind === 'rolled-back') log.warn(fields, words);
      else log.info(fields, words);
    }
    for (const [route, problem] of problems) log.warn({ route }, `Route '${route}' cannot learn: ${problem}`);
    // If this fails, the next poll notices the version.
    if (forced) void refreshVersions().catch(() => undefined);
  }

  async function see(): Promise<void> {
    const states = new Map((await store.jobs()).map(({ name, state }) => [name, state]));
    seen = new Map(
      learned.flatMap(({ policy: { route } }): [string, Auditing][] => {
        const text = states.get(jobOf(route));
        const state = text === undefined ? undefined : readLearnerState(text);
        return state === undefined ? [] : [[route, state.auditing]];
      }),
    );
  }

  return {
    async follow(config) {
      const routes = learnedRoutes(config, await readFoundOut(store), dialects);
      if (isDeepStrictEqual(routes, learned)) return;
      if (routes.length > 0 && !store.shared) {
        log.warn({}, 'Nothing is learned: the store is in memory. Name a file as the store.');
        return;
      }
      learned = routes;
      clearInterval(look);
      // While the store cannot be reached, the last known state stays.
      if (routes.length > 0)
        look = setInterval(() => void see().catch(() => undefined), LOOK_EVERY_MS).unref();
      thread.learn(routes);
      await see();
    },
    auditing: (route) => seen.get(route),
    async close() {
      clearInterval(look);
      await thread.close();
    },
  };
}

/** The routes with a quality objective, each without any version; none if the configuration does not learn. */
function learnedRoutes(config: Config, foundOut: FoundOut, dialects: Dialects): LearnedRoute[] {
  const { learning } = config;
  if (learning === undefined) return [];
  const { routes, models } = createProbedResolver(config, { ...foundOut, dialects });
  const judge = models.get(learning.judge ?? '')?.tiers[0];
  const asked = {
    promote: learning.promote,
    scorer: scorerWords(learning),
    addresses: Object.fromEntries(
      Object.entries(config.upstreams).map(([name, { baseUrl }]) => [name, baseUrl]),
    ),
    ...defined({ judge, judgePrompt: learning.judgePrompt }),
    runLengths: {
      requests: REQUESTS_BETWEEN_FALSE_ALARMS,
      audits: REQUESTS_BETWEEN_FALSE_ALARMS * learning.auditRate,
    },
  };
  return [...routes.values()].flatMap((policy) => {
    const route = learnedRoute(policy, asked);
    const configured = config.routes[policy.route];
    return route === undefined || configured === undefined
      ? []
      : { ...route, share: configuredShare(configured) };
  });
}
