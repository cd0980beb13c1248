import { defined } from '../defined.ts';
import { wilsonInterval } from '../calibration/tests/interval.ts';
import type { ReportGroup } from './report-data.ts';
import { mean } from '../learning/table/measure-rows.ts';
import { qualityLoss, servedShares, costOfRow, sum } from './measures.ts';
import type { ReportRow } from './rows.ts';

/** One entry for each group, most questions first; equal ones by name. */
export function reportGroups(
  rows: readonly ReportRow[],
  tiers: readonly string[],
  alwaysLast = false,
): ReportGroup[] {
  const members = Map.groupBy(rows, ({ group }) => group);
  return [...members]
    .map(([group, own]) => groupOf(group, own, tiers, alwaysLast))
    .toSorted((a, b) => b.questions - a.questions || (a.group < b.group ? -1 : 1));
}

function groupOf(
  group: string,
  rows: readonly ReportRow[],
  tiers: readonly string[],
  alwaysLast: boolean,
): ReportGroup {
  const confidence: ReportGroup['confidence'] = {};
  for (const tier of tiers.slice(0, -1)) {
    const known = rows.flatMap(({ answers }) => {
      const { confidence: predicted, score } = answers[tier] ?? {};
      return predicted === undefined || score === undefined ? [] : [{ predicted, score }];
    });
    if (known.length === 0) continue;
    const accuracy = mean(known.map(({ score }) => score));
    confidence[tier] = {
      confidence: mean(known.map(({ predicted }) => predicted)),
      accuracy: { value: accuracy, ...wilsonInterval(accuracy, known.length) },
    };
  }
  const loss = qualityLoss(rows, tiers.at(-1), alwaysLast);
  const always = sum(rows.map(({ lastCost }) => lastCost));
  return defined({
    group,
    questions: rows.length,
    confidence,
    servedBy: servedShares(rows, tiers),
    loss,
    relativeCost: always > 0 ? sum(rows.map(costOfRow)) / always : undefined,
  });
}
