import type { AlarmBoard } from '../alarms/alarm-board.ts';
import type { Policy } from '../routing/policy.ts';
import type { SchemaJudge } from '../schemas/judge.ts';
import type { Recorder } from '../store/recorder/recorder.ts';
import type { Store } from '../store/contract/store.ts';
import type { AlarmKind, OperatorAlarm } from '../telemetry/alarms.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { WeirError } from '../errors.ts';

/** What serves now, as far as its health goes. */
export interface Examined {
  routes: ReadonlyMap<string, Policy>;
  /** Each configured model as a ladder of one tier, by the model's name. */
  models: ReadonlyMap<string, Policy>;
  upstreams: ReadonlyMap<string, Pick<Upstream, 'trouble'>>;
  /** Why promoted versions do not apply, a sentence for each route. */
  unused: readonly { route: string; note: string }[];
}

export interface HealthOptions {
  alarms: AlarmBoard;
  store: Pick<Store, 'ping' | 'where'>;
  recorder: Pick<Recorder, 'stats'>;
  schemaJudge: { state: Pick<SchemaJudge['state'], 'died'> };
  examined: () => Examined;
  /** Milliseconds between two looks. */
  everyMs?: number;
}

export interface Health {
  /**
   * Looks at everything, and raises and ends alarms by it.
   * @returns what is wrong and does not keep this process from serving, a sentence each, without paths and secrets.
   * @throws {WeirError} `store_unavailable` where this process alone cannot do its work.
   */
  look(): Promise<readonly string[]>;
  /** Looks every few seconds from now on, whether or not anybody asks. */
  watch(): void;
  /** Waits for a look that is under way; there is no further one. */
  close(): Promise<void>;
}

const LOOK_EVERY_MS = 5_000;
/** A circuit that closes before is a hiccup. */
const DOWN_AFTER_MS = 20_000;

/** Knows what is wrong with a gateway: of its servers, its keys for them, its routes, its store, its record. */
export function createHealth(options: HealthOptions): Health {
  const { alarms, store, recorder, schemaJudge, examined, everyMs = LOOK_EVERY_MS } = options;
  let dropped: ReadonlyMap<string, number> = new Map();
  let died = 0;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let looking: Promise<WeirError | undefined> | undefined;

  /** Kinds that end when they are not found any more. */
  function settle(found: readonly OperatorAlarm[]): void {
    const now = new Set(found.map(({ kind, about }) => `${kind} ${about}`));
    for (const { kind, about } of alarms.active())
      if (LOOKED_FOR.has(kind) && !now.has(`${kind} ${about}`)) alarms.resolve(kind, about);
    found.forEach(alarms.raise);
  }

  function lookAtRecord(): void {
    const reasons = new Map(Object.entries(recorder.stats().dropped));
    for (const [reason, rows] of reasons) {
      const more = rows - (dropped.get(reason) ?? 0);
      if (more > 0 && reason !== 'closed') alarms.raise(lostRows(reason, rows));
    }
    dropped = reasons;
  }

  function lookAtChild(): void {
    if (schemaJudge.state.died > died) {
      const message =
        'The process that judges answers by clients’ schemas ended or was killed from outside. Another is started; what it was ' +
        'judging counts as not judged.';
      alarms.raise({ kind: 'child_killed', about: 'schemas', message });
    }
    ({ died } = schemaJudge.state);
  }

  async function lookAtStore(): Promise<{ found: OperatorAlarm[]; unusable?: WeirError }> {
    const about = 'store';
    try {
      const trouble = await store.ping();
      if (trouble === undefined) return { found: [] };
      return { found: [{ kind: 'store_failing', about, message: trouble }] };
    } catch (error) {
      const message = error instanceof WeirError ? withoutPath(error.message, store.where) : STORE_FAILS;
      return {
        found: [{ kind: 'store_failing', about, message }],
        unusable: new WeirError('store_unavailable', message, { cause: error }),
      };
    }
  }

  async function lookOnce(): Promise<WeirError | undefined> {
    if (closed) return undefined;
    const { found, unusable } = await lookAtStore();
    settle([...found, ...ofServers(examined())]);
    lookAtRecord();
    lookAtChild();
    alarms.sweep();
    return unusable;
  }

  /** One look at a time: whoever asks meanwhile gets its result. */
  const lookNow = (): Promise<WeirError | undefined> =>
    (looking ??= lookOnce().finally(() => {
      looking = undefined;
    }));

  return {
    async look() {
      const unusable = await lookNow();
      if (unusable !== undefined) throw unusable;
      return alarms.active().map(({ message }) => message);
    },
    watch() {
      timer ??= setInterval(() => void lookNow(), everyMs).unref();
      void lookNow();
    },
    async close() {
      clearInterval(timer);
      closed = true;
      await looking;
    },
  };
}

/** What a look finds and ends; the rest is raised where it happens, and ends when it has not been heard of for a while. */
const LOOKED_FOR: ReadonlySet<AlarmKind> = new Set<AlarmKind>([
  'store_failing',
  'key_refused',
  'upstream_down',
  'route_down',
  'version_unused',
]);

const STORE_FAILS = 'The store cannot be used; the log says why.';

function ofServers({ routes, models, upstreams, unused }: Examined): OperatorAlarm[] {
  const troubleOf = (policy: Policy, tier: number): ReturnType<Upstream['trouble']> => {
    const { upstream = '', model = '' } = policy.tiers[tier] ?? {};
    return upstreams.get(upstream)?.trouble(model);
  };
  const ofModels = [...models].flatMap(([name, policy]): OperatorAlarm[] => {
    const { down, refusal } = troubleOf(policy, 0) ?? {};
    const lastOf = [...routes].filter(([, { tiers }]) => tiers.at(-1)?.name === name).map(([route]) => route);
    const last = lastOf.length === 0 ? '' : ` It is the last tier of ${lastOf.join(', ')}.`;
    return [
      ...(refusal === undefined
        ? []
        : [{ kind: 'key_refused', about: name, message: `Tier '${name}': ${refusal}${last}` } as const]),
      ...(down === undefined || down.forMs < DOWN_AFTER_MS
        ? []
        : [
            {
              kind: 'upstream_down',
              about: name,
              message: `Tier '${name}' is left alone, apart from a try now and then. Last: ${down.because}${last}`,
            } as const,
          ]),
    ];
  });
  const ofRoutes = [...routes].flatMap(([route, policy]): OperatorAlarm[] => {
    const down = policy.tiers.every((_, tier) => troubleOf(policy, tier)?.down !== undefined);
    if (!down) return [];
    const message = `No tier of route '${route}' can be asked at the moment: its requests fail with status 503.`;
    return [{ kind: 'route_down', about: route, message }];
  });
  const ofVersions = unused.map(({ route, note }) => ({
    kind: 'version_unused' as const,
    about: route,
    message: note,
  }));
  return [...ofRoutes, ...ofModels, ...ofVersions];
}

function lostRows(reason: string, rows: number): OperatorAlarm {
  const why: Readonly<Record<string, string>> = {
    queue_full: 'more waited than there is room for',
    store_failed: 'the store takes none',
    row_refused: 'the store refused them',
  };
  const message =
    `${rows} rows of the record were dropped since the start, because ${why[reason] ?? reason}: ` +
    'requests were answered, but are not in the store, and nothing is learned from them.';
  return { kind: 'rows_lost', about: reason, message };
}

/** Whoever may ask for readiness need not know where the store is. */
function withoutPath(message: string, where: string): string {
  return message.replaceAll(` ${where}`, '').replaceAll(where, 'the store');
}
