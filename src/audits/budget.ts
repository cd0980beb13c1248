import { DAY_MS } from '../format/time.ts';
import type { LearningStore } from '../store/contract/learning-rows.ts';

/** What audits have cost since midnight (UTC), by route and tenant, including those of other gateways on this store. */
export interface AuditBudget {
  /** In nano-dollars, as far as costs are known. @throws where the store cannot be read. */
  spent(route: string, tenant: string): Promise<number>;
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

interface Day {
  beganAtMs: number;
  readAtMs: number;
  reading?: Promise<void>;
  /** By tenant, as the store has it. */
  stored: ReadonlyMap<string, number>;
  /** Audits of this process that are not in `stored`, by request: waiting to be written, or dropped. */
  unwritten: Map<string, Spending>;
  /** By tenant: costs of stored audits of this process that only this process knows. */
  knownHere: Map<string, number>;
}

export function createAuditBudget({ store, now }: { store: AuditCosts; now: () => number }): AuditBudget {
  const days = new Map<string, Day>();
  const today = (): number => now() - (now() % DAY_MS);

  /** Today's figures. A new day begins at zero, and the store has not been read for it. */
  function dayOf(route: string): Day {
    const known = days.get(route);
    if (known !== undefined && known.beganAtMs === today()) return known;
    const day: Day = {
      beganAtMs: today(),
      readAtMs: -Infinity,
      stored: new Map(),
      unwritten: new Map(),
      knownHere: new Map(),
    };
    days.set(route, day);
    return day;
  }

  async function read(route: string, day: Day): Promise<void> {
    const readAtMs = now();
    // In this order, an audit that is written between the two queries counts twice until the next reading, and is never missed.
    const written = await store.auditCostsOf([...day.unwritten.keys()]);
    day.stored = await store.auditCosts({ route, sinceMs: day.beganAtMs });
    day.readAtMs = readAtMs;
    for (const [id, nanoUsd] of written) {
      const own = day.unwritten.get(id);
      if (own === undefined) continue;
      day.unwritten.delete(id);
      // If the cost of one call is not known, the store has no cost for the whole audit.
      const more = Math.max(0, own.nanoUsd - nanoUsd);
      day.knownHere.set(own.tenant, (day.knownHere.get(own.tenant) ?? 0) + more);
    }
  }

  return {
    async spent(route, tenant) {
      const day = dayOf(route);
      if (now() - day.readAtMs >= READ_EVERY_MS)
        await (day.reading ??= read(route, day).finally(() => delete day.reading));
      let nanoUsd = (day.stored.get(tenant) ?? 0) + (day.knownHere.get(tenant) ?? 0);
      for (const own of day.unwritten.values()) if (own.tenant === tenant) nanoUsd += own.nanoUsd;
      return nanoUsd;
    },
    add({ id, route, tenant, nanoUsd }) {
      if (nanoUsd > 0) dayOf(route).unwritten.set(id, { tenant, nanoUsd });
    },
  };
}
