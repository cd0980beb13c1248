import { defined } from '../defined.ts';
import { createRandom } from '../calibration/fit/random.ts';
import type { Policy } from '../routing/policy.ts';
import type { Version } from '../routing/version.ts';
import { alwaysAsk } from '../learning/table/baselines.ts';
import { countAccepted } from '../learning/tuning/certify-risk.ts';
import { onePerCluster } from '../learning/table/split-rows.ts';
import { frontierOfPath, riskFrontier, type Frontier } from '../learning/tuning/frontier.ts';
import { measureRows } from '../learning/table/measure-rows.ts';
import type { LadderTable } from '../learning/table/ladder-table.ts';
import type { ReportData } from './report-data.ts';
import { meanLastCost } from '../learning/fitting/solve-ladder.ts';
import { createWalker } from '../learning/table/walk-rows.ts';
import { reportFromRows } from './from-rows.ts';
import { policyRows } from './policy-rows.ts';

export interface VersionReportOptions {
  /** The version's. */
  hash: string;
  tiers: Policy['tiers'];
  /** Where the rows came from, in words for a reader. */
  source: string;
  /** When the report is made, as ISO 8601. */
  createdAt: string;
  seed: number;
  /** Whether costs are relative prices: then no dollars are shown. */
  relativePrices: boolean;
}

/**
 * The report of a version that was made earlier, on all rows of a table, one of each cluster. Nothing is fitted. The
 * frontier is the version's own path on the same rows.
 * @throws {RangeError} if there are fewer than two rows.
 */
export function reportFromVersion(
  table: LadderTable,
  version: Version,
  { hash, tiers, source, createdAt, seed, relativePrices }: VersionReportOptions,
): ReportData {
  const { route, rule, confidenceModel, certificate, evidence } = version;
  const rows = onePerCluster(table, [...Array(table.count).keys()], createRandom(seed));
  const policy: Policy = {
    route,
    tiers,
    rule,
    onAbstain: 'serve',
    data: {},
    certified: certificate !== undefined,
  };
  return reportFromRows(policyRows(table, rows, policy, confidenceModel), {
    route,
    tiers: tiers.map(({ name }) => name),
    source,
    createdAt,
    version: hash,
    judged: defined({
      madeAt: version.createdAt,
      madeFrom: typeof evidence['source'] === 'string' ? evidence['source'] : undefined,
      unseen: rows.every((row) => wasAskedAfter(table.traces[row]?.['createdAt'], version.createdAt)),
    }),
    objective: rule.objective,
    questions: defined({
      fit: numberIn(evidence['fitRows']),
      certify: numberIn(evidence['certifyRows']),
    }),
    frontier: pathOn(table, rows, version),
    ...defined({ certificate, usdPerUnit: relativePrices ? undefined : 1e-9 }),
  });
}

/** A question that was asked after a version was made cannot have gone into it. Without a time this is unknown: false. */
function wasAskedAfter(askedAt: unknown, madeAt: string): boolean {
  return typeof askedAt === 'string' && Date.parse(askedAt) > Date.parse(madeAt);
}

/** Evidence has no schema: the value of an entry may be of any type. */
function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** The points of its path that the version kept, on these rows. */
function pathOn(table: LadderTable, rows: readonly number[], version: Version): Frontier {
  const { rule, confidenceModel, certificate } = version;
  const walk = createWalker(table, rule, confidenceModel);
  const walked = rule.path.map((point) => walk(rows, point));
  const passed = certificate === undefined ? 0 : Math.floor(rule.furthest) + 1;
  const frontier = frontierOfPath(
    {
      path: rule.path,
      measured: walked.map((each) => measureRows(table, rows, each)),
      last: measureRows(table, rows, alwaysAsk(table, rows, table.answers.length - 1)),
      lastTierCost: meanLastCost(table, rows),
    },
    passed,
    {
      on: 'test',
      questions: rows.length,
      chosen: Math.round(rule.place) + 1,
      ...('maxQualityLoss' in rule.objective ? { limit: rule.objective.maxQualityLoss } : {}),
    },
  );
  if (table.lastLabelled) return frontier;
  const counts = walked.map((each) => countAccepted(table, rows, each));
  return riskFrontier(frontier, counts, [...Array(passed).keys()]);
}
