import { defined } from '../../defined.ts';
import { selectiveRiskPValue } from '../../calibration/tests/certify.ts';
import { countAccepted, certifyRisk } from './certify-risk.ts';
import { expectFurtherRowsForRisk, furtherLabelsOf } from './expect-further.ts';
import { NOTHING_ACCEPTED, riskFrontier } from './frontier.ts';
import { certifiedAt, frontierOf, type TuningContext, type Tuned } from './context.ts';

/** Without scores of the last tier, what is promised is the share of wrong answers among the accepted ones. */
export function promiseRisk(
  context: TuningContext,
  { maxQualityLoss, certainty }: { maxQualityLoss: number; certainty: number },
): Tuned {
  const { table, solved, draw, measured } = context;
  const promise = { maxRisk: maxQualityLoss, level: 1 - certainty };
  const counts = measured.map((_, point) =>
    countAccepted(table, draw.certify, solved.walk(draw.certify, point)),
  );
  const fitShares = measured.map(
    (_, point) => countAccepted(table, draw.fit, solved.walk(draw.fit, point)).accepted / draw.fit.length,
  );
  const certify = {
    rows: draw.certify.length,
    counts: (point: number) => counts[point] ?? NOTHING_ACCEPTED,
    relativeCost: (point: number) => measured[point]?.relativeCost ?? 1,
  };
  const { chosen, passed } = certifyRisk(fitShares, certify, promise);
  const frontier = riskFrontier(frontierOf(context, 0, (chosen ?? -1) + 1, maxQualityLoss), counts, passed);
  if (chosen === undefined) {
    const further = expectFurtherRowsForRisk(fitShares, certify, promise);
    const labels = { questions: table.count, certify: certify.rows };
    const furtherLabels = further === undefined ? undefined : furtherLabelsOf(further, labels);
    const why = whyNoRisk(draw.certify.length, promise, furtherLabels);
    return defined({ solved, draw, frontier, furtherLabels, why });
  }
  const chosenCounts = counts[chosen] ?? NOTHING_ACCEPTED;
  return certifiedAt(context, chosen, frontier, {
    promise: 'risk',
    limit: maxQualityLoss,
    level: promise.level,
    rows: chosenCounts.accepted,
    test: 'selective',
    pValue: selectiveRiskPValue(chosenCounts, maxQualityLoss),
  });
}

function whyNoRisk(
  rows: number,
  { maxRisk, level }: { maxRisk: number; level: number },
  further: number | undefined,
): string {
  const need =
    further === undefined
      ? 'Too many of the accepted answers are wrong: more labels alone may not help.'
      : `If these measurements hold, about ${further} more labelled questions would be enough.`;
  return `No answer of the last tier has a score, so the only possible promise is that at most ${maxRisk} of the accepted answers are wrong. ${rows} questions are too few for that with a certainty of ${Number((1 - level).toFixed(6))}, so the last tier still answers everything. ${need}`;
}
