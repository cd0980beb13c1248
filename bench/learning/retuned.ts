/** A policy that is tuned from scratch, on labels drawn for it alone from the current traffic. */
import { isoTime } from '../../src/format/time.ts';
import { createRandom } from '../../src/calibration/fit/random.ts';
import { certifyPath, isBinary, lossTest } from '../../src/learning/tuning/certify-path.ts';
import type { LadderTable } from '../../src/learning/table/ladder-table.ts';
import { solveLadder } from '../../src/learning/fitting/solve-ladder.ts';
import type { Version } from '../../src/routing/version.ts';
import type { Population, Variant } from './population.ts';
import { drawQuestion, PROMISE } from './run.ts';
import type { Mixture } from './scenarios.ts';
import type { TellTruth } from './truth.ts';

/** Half of the labels are fitted on, as `weir tune` does by default. */
const FIT_SHARE = 0.5;

/** @returns its true cost, relative to always asking the last tier; the mean over `draws`. */
export function costRetuned(
  population: Population,
  { table, labelled }: { table: LadderTable; labelled: LadderTable },
  { variant, mixture }: { variant: Variant; mixture: Mixture },
  labels: number,
  truth: TellTruth,
  { seed, draws }: { seed: number; draws: number },
): number {
  const random = createRandom(seed);
  let sum = 0;
  for (let draw = 0; draw < draws; draw++) {
    const rows = Array.from({ length: labels }, () =>
      population.rowOf(drawQuestion(population, mixture, random), variant),
    );
    const fit = rows.slice(0, Math.round(labels * FIT_SHARE));
    const certify = rows.slice(fit.length);
    const solved = solveLadder(labelled, fit);
    const measured = solved.parts.path.map((_, point) => solved.measure(certify, point));
    const binary = isBinary(labelled.answers.map(({ score }) => certify.map((row) => score[row] ?? NaN)));
    const { chosen } = certifyPath(
      measured.length,
      (point) => measured[point] ?? { losses: new Float64Array(), relativeCost: 1 },
      { maxLoss: PROMISE.maxQualityLoss, level: 1 - PROMISE.certainty },
      lossTest(binary),
    );
    if (chosen === undefined) {
      sum += 1;
      continue;
    }
    const version: Version = {
      format: 1,
      route: 'afresh',
      tiers: population.tiers.map(({ name, model }) => ({ name, model })),
      rule: { kind: 'price', objective: PROMISE, ...solved.parts, place: chosen, furthest: chosen },
      confidenceModel: solved.model,
      evidence: {},
      createdAt: isoTime(0),
    };
    const { cost, lastCost } = truth(version, variant, mixture, table);
    sum += cost / lastCost;
  }
  return sum / draws;
}
