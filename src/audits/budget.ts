import { DAY_MS } from '../format/time.ts';
import type { LearningStore } from '../store/contract/learning-rows.ts';

/** What audits have cost since midnight (UTC), by route and tenant, including those of other gateways on this store. */
export interface AuditBudget {
  /**
   * In nano-dollars, as far as costs are known; audits that are held count as much as the route's others cost. A promise only
   * before the store was read for the first time: then figures may be a minute old, and nobody waits for a store that hangs.
   * The promise rejects where the store cannot be read.
   */
  spent(route: string, tenant: string): number | Promise<number>;
  /** Counts an audit that will be made, until it is released: what waits must not overrun the budget. @returns releases it. */
  hold(route: string, tenant: string): () => void;
  /** Adds what an audit of this process cost. It counts at once, even if it is never written to the store. */
  add(spending: Spending & { id: string; route: string }): void;
}

interface Spending {
  tenant: string;
  nanoUsd: number;
}

/** The part of the store that the budget reads. */
export type AuditCosts = Pick<LearningStore, 'auditCosts' | 'auditCostsOf'>;

/** How often the store is read again, and so how late the audits of other processes are noticed. */
const READ_EVERY_MS = 60_000;
/** How soon a store that failed is read again. */
const RETRY_AFTER_MS = 1_000;
/** What an audit costs is the mean of about so many of the latest. */
const MEAN_OVER = 20;

interface Day {
  beganAtMs: number;
  /** The figures can be used: the store was read, or the day began while this process ran. */
  read: boolean;
  /** When it was last tried to read the store. */
  triedAtMs: number;
  reading?: Promise<void>;
  /** Why the store could not be read the last time. */
  failure?: unknown;
  /** By tenant, as the store has it. */
  stored: ReadonlyMap<string, number>;
  /** Audits of this process that are not in `stored`, by request: waiting to be written, or dropped. */
  unwritten: Map<string, Spending>;
  /** By tenant: costs of stored audits of this process that only this process knows. */
  knownHere: Map<string, number>;
}

/** Audits of a route that wait or run, and what one of them costs. */
interface Open {
  held: Map<string, number>;
  meanNanoUsd: number;
}

export function createAuditBudget({ store, now }: { store: AuditCosts; now: () => number }): AuditBudget {
  const days = new Map<string, Day>();
  const opened = new Map<string, Open>();
  const today = (): number => now() - (now() % DAY_MS);

  /** Today's figures. A new day begins at zero. */
  function dayOf(route: string): Day {
    const known = days.get(route);
    if (known !== undefined && known.beganAtMs === today()) return known;
    const day: Day = {
      beganAtMs: today(),
      // At midnight nothing has been spent, whatever the store says: nobody waits for it.
      read: known !== undefined,
      triedAtMs: -Infinity,
      stored: new Map(),
      unwritten: new Map(),
      knownHere: new Map(),
    };
    days.set(route, day);
    return day;
  }

  function openOf(route: string): Open {
    const open = opened.get(route) ?? { held: new Map<string, number>(), meanNanoUsd: 0 };
    opened.set(route, open);
    return open;
  }

  async function read(route: string, day: Day): Promise<void> {
    day.triedAtMs = now();
    try {
      // In this order, an audit that is written between the two queries counts twice until the next reading, and is never missed.
      const written = await store.auditCostsOf([...day.unwritten.keys()]);
      day.stored = await store.auditCosts({ route, sinceMs: day.beganAtMs });
      delete day.failure;
      day.read = true;
      for (const [id, nanoUsd] of written) {
        const own = day.unwritten.get(id);
        if (own === undefined) continue;
        day.unwritten.delete(id);
        // If the cost of one call is not known, the store has no cost for the whole audit.
        const more = Math.max(0, own.nanoUsd - nanoUsd);
        day.knownHere.set(own.tenant, (day.knownHere.get(own.tenant) ?? 0) + more);
      }
    } catch (error) {
      day.failure = error;
      throw error;
    }
  }

  const readOnce = (route: string, day: Day): Promise<void> =>
    (day.reading ??= read(route, day).finally(() => delete day.reading));

  function sum(route: string, day: Day, tenant: string): number {
    let nanoUsd = (day.stored.get(tenant) ?? 0) + (day.knownHere.get(tenant) ?? 0);
    for (const own of day.unwritten.values()) if (own.tenant === tenant) nanoUsd += own.nanoUsd;
    const { held, meanNanoUsd } = openOf(route);
    return nanoUsd + (held.get(tenant) ?? 0) * meanNanoUsd;
  }

  return {
    spent(route, tenant) {
      const day = dayOf(route);
      if (!day.read) return readOnce(route, day).then(() => sum(route, day, tenant));
      const { triedAtMs } = day;
      const failed = day.failure !== undefined;
      if (now() - triedAtMs >= (failed ? RETRY_AFTER_MS : READ_EVERY_MS))
        readOnce(route, day).catch(() => undefined);
      return failed ? Promise.reject(new Error('the store cannot be read')) : sum(route, day, tenant);
    },
    hold(route, tenant) {
      const { held } = openOf(route);
      held.set(tenant, (held.get(tenant) ?? 0) + 1);
      return () => {
        const left = (held.get(tenant) ?? 0) - 1;
        if (left > 0) held.set(tenant, left);
        else held.delete(tenant);
      };
    },
    add({ id, route, tenant, nanoUsd }) {
      const open = openOf(route);
      open.meanNanoUsd += (nanoUsd - open.meanNanoUsd) / (open.meanNanoUsd === 0 ? 1 : MEAN_OVER);
      if (nanoUsd > 0) dayOf(route).unwritten.set(id, { tenant, nanoUsd });
    },
  };
}
