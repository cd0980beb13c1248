import { defined } from '../../defined.ts';
import { acceptedWithoutError } from '../../calibration/tests/certify.ts';
import { certifyPath, isBinary, lossTest, lossPValue } from './certify-path.ts';
import { expectFurtherRows, furtherLabelsOf } from './expect-further.ts';
import type { PolicyResult } from '../table/measure-rows.ts';
import { certifiedAt, frontierOf, type TuningContext, type Tuned } from './context.ts';
import { promiseRisk } from './promise-risk.ts';

/** The cheapest policy whose mean loss against the last tier is certified. */
export function promiseLoss(
  context: TuningContext,
  { maxQualityLoss, certainty }: { maxQualityLoss: number; certainty: number },
): Tuned {
  const { table, options, solved, draw, measured } = context;
  if (!table.lastLabelled) return promiseRisk(context, { maxQualityLoss, certainty });
  const promise = { maxLoss: maxQualityLoss, level: 1 - certainty };
  const test = lossTest(isBinary(table.answers.map(({ score }) => score)), options.crossFit);
  const { chosen, passed } = certifyPath(
    measured.length,
    (point) => measured[point] ?? context.last,
    promise,
    test,
  );
  const frontier = frontierOf(context, passed, chosen === undefined ? 0 : chosen + 1, maxQualityLoss);
  if (chosen === undefined) {
    const further = expectFurtherRows(measured, promise, test);
    const labels = { questions: table.count, certify: draw.certify.length };
    const furtherLabels = further === undefined ? undefined : furtherLabelsOf(further, labels);
    const why = whyNot(draw.certify.length, promise, measured, furtherLabels);
    return defined({ solved, draw, frontier, furtherLabels, why });
  }
  const losses = measured[chosen]?.losses ?? new Float64Array();
  return certifiedAt(context, chosen, frontier, {
    promise: 'loss',
    limit: maxQualityLoss,
    level: promise.level,
    rows: losses.length,
    test,
    pValue: lossPValue(losses, promise, test),
  });
}

function whyNot(
  rows: number,
  { maxLoss, level }: { maxLoss: number; level: number },
  measured: readonly PolicyResult[],
  further: number | undefined,
): string {
  const what = `a quality loss of at most ${maxLoss} with a certainty of ${Number((1 - level).toFixed(6))}`;
  if (!measured.some(({ relativeCost }) => relativeCost < 1))
    return `No policy of this ladder costs less than always asking the last tier, so the last tier still answers everything.`;
  const least = acceptedWithoutError(maxLoss, level);
  const tooFew = rows < least;
  const takes = tooFew ? ` (at least ${least} to certify on are needed, even if nothing is ever lost)` : '';
  const need =
    further === undefined
      ? tooFew
        ? ''
        : ' No such policy lost little enough here: more labels alone may not help, but a better small model or a laxer promise would.'
      : ` If these measurements hold, about ${further} more labelled questions would be enough.`;
  return `${rows} questions are too few to certify a policy that saves, for ${what}${takes}, so the last tier still answers everything.${need}`;
}
