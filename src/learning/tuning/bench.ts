import { clopperPearson } from '../../calibration/tests/certify.ts';
import type { Interval } from '../../calibration/tests/interval.ts';
import { createRandom, type RandomGenerator } from '../../calibration/fit/random.ts';
import type { LossTest } from '../../routing/version.ts';
import {
  alwaysAsk,
  askInOrder,
  heuristicPolicy,
  heuristicVersions,
  oraclePolicy,
  randomMixPolicy,
  tuneThresholds,
} from '../table/baselines.ts';
import { believeAnswer, LEAST_ROWS, type LadderTable, tooFewQuestions } from '../table/ladder-table.ts';
import { heldOutFigures } from '../fitting/calibrate.ts';
import { meanFigures, type CalibrationFigures } from '../table/calibration-figures.ts';
import { certifyPath, isBinary, lossTest } from './certify-path.ts';
import { crossFitLadder } from '../fitting/cross-fit-ladder.ts';
import { cascadeAdvice, firstPrice, keptAt, orderAdvice } from './ladder-advice.ts';
import { drawFromPopulation, splitRows, type RowSplit } from '../table/split-rows.ts';
import { measureRows, mean, type PolicyResult } from '../table/measure-rows.ts';
import { solveLadder, type SolvedLadder } from '../fitting/solve-ladder.ts';

export interface BenchOptions {
  maxLosses: readonly number[];
  certainty: number;
  fit: number;
  certify: number;
  splits: number;
  seed: number;
  population: boolean;
  /** Also measure the cross-fitted policy, which uses both halves for fitting and for testing: six more fits a split. */
  crossFit?: boolean;
  progress?: (done: number, total: number) => void;
}

/** A policy's results over the splits, for one promise. */
export interface PolicyFigures {
  maxLoss: number;
  /** Share of splits whose loss on the scored rows exceeds `maxLoss`, and its 95 % interval. */
  violationRate: number;
  violationInterval: Interval;
  /** Everything spent ÷ the cost of always asking the last tier: a ratio of sums for each split, then the mean over splits. */
  relativeCost: number;
  /** Standard error of that mean; null with one split, where it is unknown. */
  relativeCostError: number | null;
  loss: number;
}

export interface BenchReport {
  protocol: 'splits' | 'population';
  /** Mean score of each tier on all questions. */
  accuracy: Record<string, number>;
  /** Mean of the best score that any tier gives. */
  oracleAccuracy: number;
  /** By tier, on rows that its confidence was not fitted on, averaged over the splits. */
  calibration: Record<string, CalibrationFigures>;
  policies: Record<string, PolicyFigures[]>;
  /** For each promise the cost of `crossFitted` minus that of `certified`; absent unless asked for. */
  crossFittedToCertified?: PairedDifference[];
  /** Policies that need signals that the file lacks. */
  leftOut: string[];
  /** What the first tier costs ÷ what the last does, and the share that it could keep, for each promise; averaged over the splits. */
  firstTier: { relativePrice: number; kept: { maxLoss: number; share: number }[] };
  /** What is wrong with the ladder, in sentences; none if nothing is. */
  advice: string[];
}

/** The mean over splits of one relative cost minus another on the same split, with its standard error as above. */
export interface PairedDifference {
  maxLoss: number;
  relativeCostDifference: number;
  relativeCostDifferenceError: number | null;
}

/**
 * Measures policies on rows that nothing was fitted or certified on, over many random splits of a file.
 * @throws {RangeError} if the questions are too few, or always asking the last tier costs nothing.
 */
export function bench(table: LadderTable, options: BenchOptions): BenchReport {
  const { splits, seed, population, progress, fit, certify } = options;
  if (!table.lastLabelled)
    throw new RangeError(
      `No answer of ${table.tiers.at(-1) ?? ''} has a score, so it is unknown what a policy loses against it.`,
    );
  if (population && table.count < LEAST_ROWS)
    throw new RangeError(tooFewQuestions(table.count, 'to be drawn from as a population'));
  if (!population && fit + certify >= table.count)
    throw new RangeError(
      `${fit} questions to fit on and ${certify} to certify on leave none of ${table.count} to score. Use fewer (--fit, --certify).`,
    );
  const random = createRandom(seed);
  // A generator of its own, so that the other policies come out the same with and without cross-fitting.
  const foldRandom = createRandom(seed + 1);
  const clusters = new Set(table.clusters).size;
  const results = new Map<string, SplitFigures[][]>();
  const calibration = new Map<string, CalibrationFigures[]>();
  const kept: number[][] = [];
  for (let split = 0; split < splits; split++) {
    progress?.(split, splits);
    const draw = population ? drawFromPopulation(table, options, random) : splitRows(table, options, random);
    if (draw.certify.length < certify || draw.score.length === 0)
      throw new RangeError(
        `Rows of one conversation or prompt stay together, and one of each certifies: ${clusters} of them are too few for ${fit} questions to fit on, ${certify} to certify on and some to score. Use fewer (--fit, --certify).`,
      );
    const solved = solveLadder(table, draw.fit);
    for (const [policy, measured] of Object.entries(measureAll(table, solved, draw, options, foldRandom)))
      results.set(policy, [...(results.get(policy) ?? []), measured.map(splitFigures)]);
    for (const [tier, figures] of Object.entries(heldOutFigures(table, solved.model, draw.score)))
      calibration.set(tier, [...(calibration.get(tier) ?? []), figures]);
    const sure = confidenceOf(table, solved);
    kept.push(options.maxLosses.map((maxLoss) => keptAt(table, draw.score, (row) => sure(row, 0), maxLoss)));
  }
  progress?.(splits, splits);
  const crossFitted = results.get('crossFitted');
  const policies = Object.fromEntries(
    [...results].map(([policy, measured]) => [policy, summarise(measured, options.maxLosses)]),
  );
  const firstTier = {
    relativePrice: firstPrice(table),
    kept: options.maxLosses.map((maxLoss, index) => ({
      maxLoss,
      share: mean(kept.map((shares) => shares[index] ?? NaN)),
    })),
  };
  return {
    protocol: population ? 'population' : 'splits',
    accuracy: Object.fromEntries(
      table.tiers.map((tier, index) => [tier, mean(table.answers[index]?.score ?? [])]),
    ),
    oracleAccuracy: mean(
      table.ids.map((_, row) => Math.max(...table.answers.map(({ score }) => score[row] ?? NaN))),
    ),
    calibration: Object.fromEntries([...calibration].map(([tier, figures]) => [tier, meanFigures(figures)])),
    policies,
    firstTier,
    advice: [
      ...orderAdvice(table),
      ...firstTier.kept.flatMap(({ maxLoss, share }, index) => {
        const relativeCost = policies['frontier']?.[index]?.relativeCost ?? NaN;
        return (
          cascadeAdvice({ ...firstTier, tiers: table.tiers }, { maxLoss, kept: share, relativeCost }) ?? []
        );
      }),
    ],
    ...(crossFitted && {
      crossFittedToCertified: pairDifferences(crossFitted, results.get('certified') ?? [], options.maxLosses),
    }),
    leftOut: heuristicVersions
      .map((version) => `heuristic-${version}`)
      .filter((policy) => !results.has(policy)),
  };
}

/** By policy, its results on the scored rows of one split, one for each promise. */
function measureAll(
  table: LadderTable,
  solved: SolvedLadder,
  draw: RowSplit,
  options: BenchOptions,
  foldRandom: RandomGenerator,
): Record<string, PolicyResult[]> {
  const { maxLosses, certainty } = options;
  const { fit, certify, score } = draw;
  const binary = isBinary(table.answers.map((answers) => answers.score));
  const test = lossTest(binary);
  const last = measureRows(table, score, alwaysAsk(table, score, table.answers.length - 1));
  const points = solved.parts.path.length;
  const onScore = remember((point) => solved.measure(score, point));
  const onCertify = remember((point) => solved.measure(certify, point));
  const tuning = [...fit, ...certify];
  const onTuning = remember((point) => solved.measure(tuning, point));
  const certified = maxLosses.map((maxLoss) => {
    const { chosen } = certifyPath(points, onCertify, { maxLoss, level: 1 - certainty }, test);
    return chosen === undefined ? last : onScore(chosen);
  });
  const plugIn = maxLosses.map((maxLoss) => {
    const best = cheapestWithin(points, onTuning, maxLoss);
    return best === undefined ? last : onScore(best);
  });
  const confidence = confidenceOf(table, solved);
  const thresholds = tuneThresholds(table, tuning, confidence, maxLosses).map((each) =>
    each === undefined
      ? last
      : measureRows(
          table,
          score,
          askInOrder(table, score, (row, tier) => confidence(row, tier) >= (each[tier] ?? Infinity)),
        ),
  );
  const same = (measured: PolicyResult): PolicyResult[] => maxLosses.map(() => measured);
  const byRule = heuristicVersions.flatMap((version) => {
    const walked = heuristicPolicy(table, score, version);
    return walked === undefined
      ? []
      : [[`heuristic-${version}`, same(measureRows(table, score, walked))] as const];
  });
  return {
    certified,
    ...(options.crossFit && {
      crossFitted: measureCrossFitted(table, draw, options, {
        test: lossTest(binary, true),
        last,
        random: foldRandom,
      }),
    }),
    plugIn,
    thresholds,
    ...Object.fromEntries(byRule),
    alwaysLast: same(last),
    alwaysFirst: same(measureRows(table, score, alwaysAsk(table, score, 0))),
    random: maxLosses.map((maxLoss) => randomMixPolicy(table, tuning, score, maxLoss)),
    frontier: maxLosses.map((maxLoss) => {
      const best = cheapestWithin(points, onScore, maxLoss);
      return best === undefined ? last : onScore(best);
    }),
    oracle: same(measureRows(table, score, oraclePolicy(table, score))),
  };
}

/** Tested by folds over both halves, then fitted on all of them: results on the scored rows, one for each promise. */
function measureCrossFitted(
  table: LadderTable,
  { fit, certify, score }: RowSplit,
  { maxLosses, certainty, population }: BenchOptions,
  { test, last, random }: { test: LossTest; last: PolicyResult; random: RandomGenerator },
): PolicyResult[] {
  const rows = [...fit, ...certify];
  const crossFitted = crossFitLadder(table, rows, random, { independent: population });
  const solved = solveLadder(table, rows);
  const measure = remember((point) => crossFitted.measure(point));
  return maxLosses.map((maxLoss) => {
    const promise = { maxLoss, level: 1 - certainty };
    const { chosen } = certifyPath(solved.parts.path.length, measure, promise, test);
    return chosen === undefined ? last : solved.measure(score, chosen);
  });
}

function remember<T>(work: (point: number) => T): (point: number) => T {
  const known = new Map<number, T>();
  return (point) => {
    const result = known.get(point) ?? work(point);
    known.set(point, result);
    return result;
  };
}

/** The cheapest point of the path with a mean loss of at most `maxLoss`; `undefined` if none is cheaper than always asking the last tier. */
export function cheapestWithin(
  points: number,
  measure: (point: number) => PolicyResult,
  maxLoss: number,
): number | undefined {
  let best: number | undefined;
  let least = 1;
  for (let point = 0; point < points; point++) {
    const { losses, relativeCost } = measure(point);
    if (relativeCost < least && mean(losses) <= maxLoss) {
      least = relativeCost;
      best = point;
    }
  }
  return best;
}

/** The confidence in each answer by its free signals alone; −1 if it is not known. */
function confidenceOf(table: LadderTable, { model }: SolvedLadder): (row: number, tier: number) => number {
  const known = table.answers.map(() => new Float64Array(table.count).fill(NaN));
  return (row, tier) => {
    const column = known[tier] ?? new Float64Array();
    const before = column[row] ?? NaN;
    if (!Number.isNaN(before)) return before;
    const confidence = believeAnswer(model, table, row, { tier })?.confidence ?? -1;
    column[row] = confidence;
    return confidence;
  };
}

interface SplitFigures {
  loss: number;
  relativeCost: number;
}

function splitFigures({ losses, relativeCost }: PolicyResult): SplitFigures {
  return { loss: mean(losses), relativeCost };
}

function summarise(splits: readonly SplitFigures[][], maxLosses: readonly number[]): PolicyFigures[] {
  return maxLosses.map((maxLoss, index) => {
    const measured = splits.flatMap((split) => split[index] ?? []);
    const costs = measured.map(({ relativeCost }) => relativeCost);
    const losses = measured.map(({ loss }) => loss);
    const violations = losses.filter((loss) => loss > maxLoss).length;
    return {
      maxLoss,
      violationRate: violations / measured.length,
      violationInterval: clopperPearson(violations, measured.length, 0.95),
      relativeCost: mean(costs),
      relativeCostError: standardError(costs),
      loss: mean(losses),
    };
  });
}

function pairDifferences(
  ones: readonly SplitFigures[][],
  others: readonly SplitFigures[][],
  maxLosses: readonly number[],
): PairedDifference[] {
  return maxLosses.map((maxLoss, index) => {
    const differences = ones.map(
      (split, at) => (split[index]?.relativeCost ?? NaN) - (others[at]?.[index]?.relativeCost ?? NaN),
    );
    return {
      maxLoss,
      relativeCostDifference: mean(differences),
      relativeCostDifferenceError: standardError(differences),
    };
  });
}

/** The standard error of the mean; null with a single value, where it is unknown. */
function standardError(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const middle = mean(values);
  const spread = mean(values.map((value) => (value - middle) ** 2));
  return Math.sqrt(spread / (values.length - 1));
}
