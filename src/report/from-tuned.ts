import { defined } from '../defined.ts';
import { createRandom } from '../calibration/fit/random.ts';
import type { Policy } from '../routing/policy.ts';
import { onePerCluster } from '../learning/table/split-rows.ts';
import type { LadderTable } from '../learning/table/ladder-table.ts';
import type { ReportData } from './report-data.ts';
import type { Tuned, TuneOptions } from '../learning/tuning/tune.ts';
import { reportFromRows } from './from-rows.ts';
import { policyRows } from './policy-rows.ts';

export interface ReportOptions extends Pick<
  TuneOptions,
  'route' | 'objective' | 'seed' | 'source' | 'createdAt'
> {
  tiers: Policy['tiers'];
  /** Whether costs are relative prices: then no dollars are shown. */
  relativePrices: boolean;
}

/**
 * The report of a tuned version, on the rows that were kept for it, one of each cluster. If no policy meets the objective,
 * the report shows what happens then: the last tier answers everything.
 * @throws {RangeError} if fewer than two rows were kept.
 */
export function reportFromTuned(table: LadderTable, tuned: Tuned, options: ReportOptions): ReportData {
  const { route, objective, seed, source, createdAt, tiers, relativePrices } = options;
  const { version, frontier, draw, solved, furtherLabels } = tuned;
  const policy: Policy = {
    route,
    tiers,
    rule: version?.rule ?? { kind: 'last', objective },
    onAbstain: 'serve',
    data: {},
    certified: version?.certificate !== undefined,
  };
  const rows = onePerCluster(table, draw.score, createRandom(seed));
  return reportFromRows(policyRows(table, rows, policy, solved.model), {
    route,
    tiers: tiers.map(({ name }) => name),
    source: source.name,
    createdAt,
    objective,
    questions: { fit: draw.fit.length, certify: draw.certify.length },
    frontier,
    ...defined({
      certificate: version?.certificate,
      furtherLabels: version === undefined ? furtherLabels : undefined,
      usdPerUnit: relativePrices ? undefined : 1e-9,
    }),
  });
}
