import type { SpendItem } from './report-data.ts';
import { sum } from './measures.ts';
import type { ReportRow } from './rows.ts';

/**
 * The spending, tier by tier: on answers that were served, on answers that were passed over, and on paid signals. Items
 * without a call are left out.
 */
export function spendItems(rows: readonly ReportRow[], tiers: readonly string[]): SpendItem[] {
  const always = sum(rows.map(({ lastCost }) => lastCost));
  const calls = rows.flatMap(({ served, spent }) =>
    spent.map(({ tier, on, cost }) => ({
      tier,
      cost,
      on: on === 'signals' ? on : tier === served ? ('served' as const) : ('wasted' as const),
    })),
  );
  return tiers.flatMap((tier) =>
    (['served', 'wasted', 'signals'] as const).flatMap((on): SpendItem[] => {
      const own = calls.filter((call) => call.tier === tier && call.on === on);
      if (own.length === 0) return [];
      return [{ tier, on, calls: own.length, relativeCost: sum(own.map(({ cost }) => cost)) / always }];
    }),
  );
}
