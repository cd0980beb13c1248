import { drawNormal, drawShares, drawUniform } from '../../calibration/fit/draws.ts';
import { normalQuantile } from '../../calibration/fit/normal.ts';
import { createRandom, type RandomGenerator } from '../../calibration/fit/random.ts';
import { aurocError, keptShare } from '../../calibration/metrics/kept-share.ts';
import type { Estimate } from '../../calibration/tests/interval.ts';
import { mostLost } from '../../calibration/tests/most-lost.ts';
import type { LossPromise } from '../../learning/tuning/certify-path.ts';
import type { PolicyCurves } from './policy-curve.ts';

/** Some answers of the sample that are alike in what serving them may lose. */
export interface AnswerClass {
  count: number;
  /** The share of them that is lost, as far as it is known: any value between the two is as likely. */
  leastLost: number;
  mostLost: number;
}

export interface CostQuestion {
  /** All answers of the sample, each in one class. */
  classes: readonly AnswerClass[];
  /** Policies that may be fitted, such as with and without paid signals: the cheapest counts. */
  curves: readonly PolicyCurves[];
  promise: LossPromise;
  /** Questions that certify. */
  certify: number;
  seed: number;
}

const DRAWS = 1_000;
/** How lucky the certificate's own sample is: so many equally likely cases. */
const CASES = 9;
/**
 * Standard error of the share of answers that can be kept, where the sample is known exactly: what the model of `keptShare` misses
 * on recorded ladders. It is so large where half is kept, and nothing at the ends. Larger where what is lost is assumed: lost answers
 * are then not told from others that differ.
 */
const MODEL_ERROR = { known: 0.07, assumed: 0.13 } as const;

/**
 * What a certified policy of two tiers is likely to cost ÷ always asking the large model, once so many questions certify; with the
 * interval that holds it with this certainty. [0029](../../../docs/decisions/0029-the-saving-is-estimated-before-there-are-labels.md)
 * has the method, and what was measured.
 */
export function expectCost(question: CostQuestion, certainty: number): Estimate {
  const { classes, curves, promise, certify, seed } = question;
  const random = createRandom(seed);
  const most = mostLost(certify, promise);
  const stops = Array.from({ length: CASES }, (_, index) => stopAt(most, certify, (index + 0.5) / CASES));
  const rows = classes.reduce((sum, { count }) => sum + count, 0);
  const lostRows = classes.reduce(
    (sum, each) => sum + (each.count * (each.leastLost + each.mostLost)) / 2,
    0,
  );
  const isAssumed = classes.some(({ leastLost, mostLost: at }) => at > leastLost);
  const modelError = isAssumed ? MODEL_ERROR.assumed : MODEL_ERROR.known;
  const draws = Array.from({ length: DRAWS }, () => {
    const lost = drawLost(classes, random);
    // Where between held-out and fitted the policies of more labels are.
    const learned = drawUniform(random);
    const [luck, miss] = [drawNormal(random), modelError * drawNormal(random)];
    const costs = curves.map(({ heldOut, fitted }) => {
      const seen = heldOut.area + learned * (fitted.area - heldOut.area);
      const area = seen + luck * aurocError(Math.max(0.5, seen), lostRows, rows - lostRows);
      const cost = stops.map((mayLose) => {
        const modelled = keptShare({ lost, area, mayLose });
        const kept = Math.min(1, Math.max(0, modelled + miss * 4 * modelled * (1 - modelled)));
        const [least, best] = [heldOut.costAt(kept), fitted.costAt(kept)];
        // A policy that saves nothing is not put in force.
        return Math.min(1, least + learned * (best - least));
      });
      return cost.reduce((sum, each) => sum + each, 0) / CASES;
    });
    return Math.min(...costs);
  }).toSorted((a, b) => a - b);
  const at = (share: number): number => draws[Math.round(share * (DRAWS - 1))] ?? NaN;
  return { value: at(0.5), lower: at((1 - certainty) / 2), upper: at((1 + certainty) / 2) };
}

/** The share of all answers that is lost in one possible truth. */
function drawLost(classes: readonly AnswerClass[], random: RandomGenerator): number {
  const shares = drawShares(
    classes.map(({ count }) => count),
    random,
  );
  return classes.reduce((sum, { leastLost, mostLost: most }, index) => {
    const rate = leastLost + (most - leastLost) * drawUniform(random);
    return sum + (shares[index] ?? 0) * rate;
  }, 0);
}

/**
 * The share of lost answers at which the walk to a certificate ends: it passes as long as at most `most` of its sample are lost, so
 * it ends where the next one is. That is near the beta distribution of the (most + 1)-th of so many uniform numbers.
 */
function stopAt(most: number, certify: number, quantile: number): number {
  if (most < 0) return 0;
  const mean = (most + 1) / (certify + 1);
  const error = Math.sqrt((mean * (1 - mean)) / certify);
  return Math.max(mean / 20, mean + error * normalQuantile(quantile));
}
