import type { LearningStore } from '../store/contract/learning-rows.ts';

/** What audits have cost since midnight (UTC), by route and tenant, whichever gateway on this store made them. */
export interface AuditBudget {
  /** In nano-dollars, as far as costs are known. @throws where the store cannot be read. */
  spent(route: string, tenant: string): Promise<number>;
  /** What an audit of this process cost: it counts before it is written, and where it never is. */
  add(spending: Spending & { id: string; route: string }): void;
}

interface Spending {
  tenant: string;
  nanoUsd: number;
}

/** Where the budget reads what was spent. */
export type AuditCosts = Pick<LearningStore, 'auditCosts' | 'auditCostsOf'>;

const DAY_MS = 86_400_000;
/** So late are audits of other processes noticed. */
const READ_EVERY_MS = 60_000;

interface Day {
  beganAtMs: number;
  readAtMs: number;
  reading?: Promise<void>;
  /** By tenant, as the store said. */
  stored: ReadonlyMap<string, number>;
  /** Of this process, by request, and not in `stored`: it waits to be written, or was dropped. */
  unwritten: Map<string, Spending>;
  /** By tenant, of audits of this process that are stored: what is known of their cost here alone. */
  knownHere: Map<string, number>;
}

export function createAuditBudget({ store, now }: { store: AuditCosts; now: () => number }): AuditBudget {
  const days = new Map<string, Day>();
  const today = (): number => now() - (now() % DAY_MS);

  /** What was counted here today; a new day begins with nothing, unread. */
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
    // Asked first: what is written between the two questions counts twice until the next reading, and never not at all.
    const written = await store.auditCostsOf([...day.unwritten.keys()]);
    day.stored = await store.auditCosts({ route, sinceMs: day.beganAtMs });
    day.readAtMs = readAtMs;
    for (const [id, nanoUsd] of written) {
      const own = day.unwritten.get(id);
      if (own === undefined) continue;
      day.unwritten.delete(id);
      // Where one call of an audit did not say what it cost, the store has no cost of them all.
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
