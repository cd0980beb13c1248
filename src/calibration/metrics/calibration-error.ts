import { wilsonInterval } from '../tests/interval.ts';
import type { Interval } from '../tests/interval.ts';
import { scoredRows } from './scored.ts';
import type { Scored, ScoredRow } from './scored.ts';

/** Rows of similar prediction, taken together. */
export interface Bin {
  /** How many rows: the sum of their weights. */
  readonly mass: number;
  /** Their mean prediction. */
  readonly predicted: number;
  /** Their mean outcome. */
  readonly observed: number;
  /**
   * The unbiased variance of `observed`, ȳ(1 − ȳ)/(mass − 1) for outcomes 0 or 1; undefined at a mass of 1 or
   * less.
   */
  readonly variance: number | undefined;
}

/**
 * Bins of about equal mass, in order of prediction; empty ones are left out. Rows of the same prediction are
 * never separated, so the bins do not depend on the rows' order. With distinct predictions the sizes differ by
 * one at most. Throws RangeError if `bins` is not a positive integer.
 */
export function equalMassBins(scored: Scored, bins = 15): Bin[] {
  if (!(Number.isInteger(bins) && bins > 0)) throw new RangeError(`${bins} bins`);
  const rows = scoredRows(scored).toSorted((a, b) => a.predicted - b.predicted);
  const total = rows.reduce((sum, row) => sum + row.weight, 0);
  const members = new Map<number, ScoredRow[]>();
  let before = 0;
  for (const tie of ties(rows)) {
    const mass = tie.reduce((sum, row) => sum + row.weight, 0);
    // Tied rows go into the bin of their middle.
    const bin = Math.min(bins - 1, Math.floor((bins * (before + mass / 2)) / total));
    const known = members.get(bin);
    if (known) known.push(...tie);
    else members.set(bin, tie);
    before += mass;
  }
  return [...members.values()].map(summary);
}

function* ties(sorted: readonly ScoredRow[]): Generator<ScoredRow[]> {
  let tie: ScoredRow[] = [];
  for (const row of sorted) {
    if (tie[0] !== undefined && tie[0].predicted !== row.predicted) {
      yield tie;
      tie = [];
    }
    tie.push(row);
  }
  if (tie.length > 0) yield tie;
}

function summary(rows: readonly ScoredRow[]): Bin {
  const mass = rows.reduce((sum, row) => sum + row.weight, 0);
  const predicted = rows.reduce((sum, row) => sum + row.weight * row.predicted, 0) / mass;
  const observed = rows.reduce((sum, row) => sum + row.weight * row.outcome, 0) / mass;
  const squares = rows.reduce((sum, row) => sum + row.weight * (row.outcome - observed) ** 2, 0);
  return { mass, predicted, observed, variance: mass > 1 ? squares / (mass * (mass - 1)) : undefined };
}

/**
 * Expected calibration error over bins of equal mass: the mean distance of predicted from observed, 0..1.
 * Biased upwards: perfect calibration shows about √(bins/rows)/3. Undefined without rows.
 */
export function calibrationError(scored: Scored, bins = 15): number | undefined {
  return overBins(equalMassBins(scored, bins), ({ predicted, observed }) => Math.abs(predicted - observed));
}

/**
 * Debiased root-mean-square calibration error (Kumar, Liang & Ma 2019, arXiv 1909.10155): √max(0, mean of (p̄
 * − ȳ)² less the variance of ȳ). A bin of one row cannot be debiased and counts as 0. Undefined without rows.
 */
export function debiasedCalibrationError(scored: Scored, bins = 15): number | undefined {
  const square = overBins(equalMassBins(scored, bins), ({ predicted, observed, variance }) =>
    variance === undefined ? 0 : (predicted - observed) ** 2 - variance,
  );
  return square === undefined ? undefined : Math.sqrt(Math.max(0, square));
}

function overBins(bins: readonly Bin[], value: (bin: Bin) => number): number | undefined {
  const total = bins.reduce((sum, bin) => sum + bin.mass, 0);
  return total > 0 ? bins.reduce((sum, bin) => sum + bin.mass * value(bin), 0) / total : undefined;
}

/** One point of a reliability diagram: a bin, with the Wilson interval of its observed share. */
export type ReliabilityPoint = Bin & Interval;

/** The reliability diagram over bins of equal mass; `certainty` of each bin's interval, .95 by default. */
export function reliabilityCurve(scored: Scored, bins = 15, certainty = 0.95): ReliabilityPoint[] {
  return equalMassBins(scored, bins).map((bin) => ({
    ...bin,
    ...wilsonInterval(bin.observed, bin.mass, certainty),
  }));
}
