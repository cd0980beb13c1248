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
  /** The costs are relative prices, so no dollars are shown. */
  relativePrices: boolean;
}

/**
 * The report of what was tuned, on the rows that were kept from tuning, one of each cluster. Where nothing was found that
 * meets the objective it reports on what then happens: the last tier answers everything.
 * @throws {RangeError} where fewer than two rows were kept.
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
    ...(version?.certificate === undefined ? {} : { certificate: version.certificate }),
    ...(version !== undefined || furtherLabels === undefined ? {} : { furtherLabels }),
    ...(relativePrices ? {} : { usdPerUnit: 1e-9 }),
  });
}
