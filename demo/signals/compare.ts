import { auroc, aurocDifference } from '../../src/calibration/metrics/metrics.ts';
import { createRandom } from '../../src/calibration/fit/random.ts';
import type { LabelledRow } from './fit.ts';

/** How well two models order the same answers. */
export interface Comparison {
  answers: number;
  /** Of them right. */
  right: number;
  /** Templates, which the bootstrap draws whole. */
  templates: number;
  first: number;
  second: number;
  /** `first` minus `second`, with its 95 % interval. */
  difference: number;
  lower: number;
  upper: number;
  /** The least true difference for which such an interval excludes 0 in 80 % of repetitions. */
  detectable: number;
}

const REPLICATES = 2000;
const SEED = 1;
/** Standard normal quantiles at .975 and .8: for the interval, and for the power. */
const INTERVAL_Z = 1.96;
const POWER_Z = 0.8416;

/**
 * AUROC of two models' predictions of these answers, and the paired difference, by a bootstrap over whole templates.
 * @returns `undefined` if the answers are all right or all wrong.
 */
export function compare(
  rows: readonly LabelledRow[],
  one: readonly number[],
  other: readonly number[],
): Comparison | undefined {
  const outcome = rows.map(({ score }) => score);
  const clusters = rows.map(({ template }) => template);
  const [firstArea, secondArea] = [auroc({ predicted: one, outcome }), auroc({ predicted: other, outcome })];
  const paired = aurocDifference({ first: one, second: other, outcome, clusters }, createRandom(SEED), {
    replicates: REPLICATES,
  });
  if (firstArea === undefined || secondArea === undefined || paired === undefined) return undefined;
  const standardError = (paired.upper - paired.lower) / (2 * INTERVAL_Z);
  return {
    answers: rows.length,
    right: outcome.filter((score) => score > 0.5).length,
    templates: new Set(clusters).size,
    first: firstArea,
    second: secondArea,
    difference: paired.difference,
    lower: paired.lower,
    upper: paired.upper,
    detectable: (INTERVAL_Z + POWER_Z) * standardError,
  };
}
