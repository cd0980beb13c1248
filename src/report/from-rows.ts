import { defined } from '../defined.ts';
import type { ReportData } from './report-data.ts';
import { confidencePanels } from './confidence-panels.ts';
import { reportGroups } from './groups.ts';
import { hardestQuestions } from './hardest.ts';
import { mean } from '../learning/table/measure-rows.ts';
import { qualityLoss, relativeCost, scorePairs, servedShares } from './measures.ts';
import type { ReportFrame, ReportRow } from './rows.ts';
import { beyondPromise } from '../learning/versions/beyond-promise.ts';
import { counted } from '../format/counted.ts';
import { spendItems } from './spend.ts';

/**
 * The data of a report, from test rows and what the tuner knows besides. Nothing may have been fitted, certified or chosen
 * on the rows, and they must be one of each cluster. Throws RangeError if there are fewer than two rows or the last tier
 * costs nothing: then the relative cost has no interval.
 */
export function reportFromRows(rows: readonly ReportRow[], frame: ReportFrame): ReportData {
  const { questions, usdPerUnit, ...rest } = frame;
  const { tiers } = frame;
  const pairs = scorePairs(rows, tiers.at(-1));
  const alwaysLast = frame.frontier.points[frame.frontier.chosen]?.priceOfQuality === undefined;
  const loss = qualityLoss(rows, tiers.at(-1), alwaysLast);
  return {
    format: 1,
    ...rest,
    ...defined({ beyondPromise: beyondCertificate(frame.certificate, loss, pairs.length) }),
    questions: { ...questions, test: rows.length },
    result: defined({
      relativeCost: relativeCost(rows),
      loss,
      score: pairs.length === 0 ? undefined : mean(pairs.map(({ served }) => served)),
      lastScore: pairs.length === 0 ? undefined : mean(pairs.map(({ last }) => last)),
      servedBy: servedShares(rows, tiers),
      alwaysLastUsd:
        usdPerUnit === undefined ? undefined : mean(rows.map(({ lastCost }) => lastCost)) * usdPerUnit,
    }),
    confidence: confidencePanels(rows, tiers),
    spend: spendItems(rows, tiers),
    groups: reportGroups(rows, tiers, alwaysLast),
    hardest: hardestQuestions(rows, tiers),
  };
}

/** A promise about wrong answers among the accepted ones is no promise about the mean loss. */
function beyondCertificate(
  certificate: ReportData['certificate'],
  loss: ReportData['result']['loss'],
  rows: number,
): string | undefined {
  if (certificate?.promise !== 'loss' || loss === undefined) return undefined;
  const { value, ...interval } = loss;
  return beyondPromise(certificate.limit, { value, interval, rows: counted(rows, 'other question') });
}
