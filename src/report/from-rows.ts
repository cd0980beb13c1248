import type { ReportData } from './report-data.ts';
import { confidencePanels } from './confidence-panels.ts';
import { reportGroups } from './groups.ts';
import { hardestQuestions } from './hardest.ts';
import { mean } from '../learning/table/measure-rows.ts';
import { qualityLoss, relativeCost, scorePairs, servedShares } from './measures.ts';
import type { ReportFrame, ReportRow } from './rows.ts';
import { spendItems } from './spend.ts';

/**
 * The data of a report, from test rows and what the tuner knows besides. The rows have to be ones on which nothing was
 * fitted, certified or chosen, one of each cluster. Throws RangeError where they are fewer than two or the last tier costs
 * nothing: the relative cost would have no interval.
 */
export function reportFromRows(rows: readonly ReportRow[], frame: ReportFrame): ReportData {
  const { questions, usdPerUnit, ...rest } = frame;
  const { tiers } = frame;
  const cost = relativeCost(rows);
  const pairs = scorePairs(rows, tiers.at(-1));
  const alwaysLast = frame.frontier.points[frame.frontier.chosen]?.priceOfQuality === undefined;
  const loss = qualityLoss(rows, tiers.at(-1), alwaysLast);
  return {
    format: 1,
    ...rest,
    questions: { ...questions, test: rows.length },
    result: {
      relativeCost: cost,
      ...(loss === undefined ? {} : { loss }),
      ...(pairs.length === 0
        ? {}
        : { score: mean(pairs.map(({ served }) => served)), lastScore: mean(pairs.map(({ last }) => last)) }),
      servedBy: servedShares(rows, tiers),
      ...(usdPerUnit === undefined
        ? {}
        : { alwaysLastUsd: mean(rows.map(({ lastCost }) => lastCost)) * usdPerUnit }),
    },
    confidence: confidencePanels(rows, tiers),
    spend: spendItems(rows, tiers),
    groups: reportGroups(rows, tiers, alwaysLast),
    hardest: hardestQuestions(rows, tiers),
  };
}
