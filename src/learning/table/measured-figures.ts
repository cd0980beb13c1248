import { defined } from '../../defined.ts';
import { percent } from '../../format/percent.ts';
import type { Interval } from '../../calibration/tests/interval.ts';
import { meanDifferenceInterval } from '../../calibration/tests/mean-interval.ts';
import { normalQuantile } from '../../calibration/fit/normal.ts';
import { mean, type PolicyResult } from './measure-rows.ts';

/**
 * What a policy did on the rows that tested it, as its version's evidence keeps it: cost and loss as shares of always asking
 * the last tier, with 95 % intervals. The cost of audits and judges is not included.
 */
export interface MeasuredFigures {
  relativeCost: number;
  relativeCostInterval?: Interval;
  loss: number;
  /** Absent if the last tier's answers have no scores. */
  lossInterval?: Interval;
}

const CERTAINTY = 0.95;

/** The figures of a policy's result. `loss` is NaN if the last tier's answers have no scores. */
export function measuredFigures({ losses, relativeCost, relativeCostError }: PolicyResult): MeasuredFigures {
  const loss = mean(losses);
  const half = normalQuantile((1 + CERTAINTY) / 2) * (relativeCostError ?? NaN);
  return defined({
    relativeCost,
    relativeCostInterval: Number.isNaN(half)
      ? undefined
      : { lower: relativeCost - half, upper: relativeCost + half },
    loss,
    lossInterval: Number.isNaN(loss) ? undefined : meanDifferenceInterval(losses, CERTAINTY),
  });
}

/**
 * `cost 61.0 % of what always asking the last tier costs (57.2 % … 64.8 %), and lost 0.9 % of its quality (0.1 % … 1.7 %)`.
 * Intervals that are not known are left out.
 */
export function costAndLossWords(figures: MeasuredFigures): string {
  const { relativeCost, relativeCostInterval, loss } = figures;
  const cost = `cost ${shareOfLastTier(relativeCost)}${within(relativeCostInterval)}`;
  return Number.isNaN(loss) ? cost : `${cost}, and ${lossWords(figures)}`;
}

/** A cost as a share of the last tier's: `61.0 % of what always asking the last tier costs`. */
export function shareOfLastTier(relativeCost: number): string {
  return `${percent(relativeCost)} of what always asking the last tier costs`;
}

/** `lost 0.9 % of its quality (0.1 % … 1.7 %)`; a gain is a loss below 0. */
export function lossWords({ loss, lossInterval }: Pick<MeasuredFigures, 'loss' | 'lossInterval'>): string {
  return `lost ${percent(loss)} of its quality${within(lossInterval)}`;
}

function within(interval: Interval | undefined): string {
  return interval === undefined ? '' : ` (${percent(interval.lower)} … ${percent(interval.upper)})`;
}

/** The figures in a version's evidence; `undefined` if it has none. */
export function readMeasuredFigures(
  evidence: Readonly<Record<string, unknown>>,
): MeasuredFigures | undefined {
  const { relativeCost, loss = NaN } = evidence;
  if (typeof relativeCost !== 'number' || typeof loss !== 'number') return undefined;
  const [relativeCostInterval, lossInterval] = ['relativeCostInterval', 'lossInterval'].map((name) =>
    asInterval(evidence[name]),
  );
  return defined({ relativeCost, loss, relativeCostInterval, lossInterval });
}

function asInterval(value: unknown): Interval | undefined {
  if (typeof value !== 'object' || value === null || !('lower' in value) || !('upper' in value))
    return undefined;
  const { lower, upper } = value;
  return typeof lower === 'number' && typeof upper === 'number' ? { lower, upper } : undefined;
}
