import type { LearningStore } from '../../store/learning-rows.ts';

/** What audits have cost since midnight (UTC), by route and tenant, whichever gateway on this store made them. */
export interface AuditBudget {
  /** In nano-dollars, as far as costs are known. @throws where the store cannot be read. */
  spent(route: string, tenant: string): Promise<number>;
  /** What an audit of this process cost: it counts before it is written. */
  add(route: string, tenant: string, nanoUsd: number): void;
}

const DAY_MS = 86_400_000;
/** So late are audits of other processes noticed. */
const READ_EVERY_MS = 60_000;

interface Day {
  beganAtMs: number;
  readAtMs: number;
  byTenant: Map<string, number>;
}

export function createAuditBudget({
  auditCosts,
  now,
}: {
  auditCosts: LearningStore['auditCosts'];
  now: () => number;
}): AuditBudget {
  const days = new Map<string, Day>();
  const today = (): number => now() - (now() % DAY_MS);

  /** What was counted here today; a new day begins with nothing, unread. */
  function dayOf(route: string): Day {
    const known = days.get(route);
    if (known !== undefined && known.beganAtMs === today()) return known;
    const day = { beganAtMs: today(), readAtMs: -Infinity, byTenant: new Map<string, number>() };
    days.set(route, day);
    return day;
  }

  return {
    async spent(route, tenant) {
      const day = dayOf(route);
      const readAtMs = now();
      if (readAtMs - day.readAtMs >= READ_EVERY_MS) {
        const costs = await auditCosts({ route, sinceMs: day.beganAtMs });
        day.readAtMs = readAtMs;
        // What waits to be written is not in the store yet, what others wrote is not in here.
        for (const [name, nanoUsd] of costs)
          day.byTenant.set(name, Math.max(nanoUsd, day.byTenant.get(name) ?? 0));
      }
      return day.byTenant.get(tenant) ?? 0;
    },
    add(route, tenant, nanoUsd) {
      const { byTenant } = dayOf(route);
      byTenant.set(tenant, (byTenant.get(tenant) ?? 0) + nanoUsd);
    },
  };
}
