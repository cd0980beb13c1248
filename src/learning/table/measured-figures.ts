import type { Interval } from '../../calibration/tests/interval.ts';
import { meanDifferenceInterval } from '../../calibration/tests/mean-interval.ts';
import { normalQuantile } from '../../calibration/fit/normal.ts';
import { mean, type PolicyResult } from './measure-rows.ts';

/**
 * What a policy did on the rows that tested it, as its version's evidence keeps it: shares of always the last tier's cost
 * and quality, with 95 % intervals. What audits and judges cost is in none of them.
 */
export interface MeasuredFigures {
  relativeCost: number;
  relativeCostInterval?: Interval;
  loss: number;
  /** Absent where nobody scored the last tier's answers. */
  lossInterval?: Interval;
}

const CERTAINTY = 0.95;

export function measuredFigures({ losses, relativeCost, relativeCostError }: PolicyResult): MeasuredFigures {
  const loss = mean(losses);
  const half = normalQuantile((1 + CERTAINTY) / 2) * (relativeCostError ?? NaN);
  return {
    relativeCost,
    ...(Number.isNaN(half)
      ? {}
      : { relativeCostInterval: { lower: relativeCost - half, upper: relativeCost + half } }),
    loss,
    ...(Number.isNaN(loss) ? {} : { lossInterval: meanDifferenceInterval(losses, CERTAINTY) }),
  };
}

/**
 * `cost 61.0 % of always the last tier (57.2 … 64.8 %), and lost 0.9 % of its quality (0.1 … 1.7 %)`, with 95 % intervals
 * where they are known.
 */
export function costAndLossWords(figures: MeasuredFigures): string {
  const { relativeCost, relativeCostInterval, loss } = figures;
  const cost = `cost ${percent(relativeCost)} of always the last tier${within(relativeCostInterval)}`;
  return Number.isNaN(loss) ? cost : `${cost}, and ${lossWords(figures)}`;
}

/** `lost 0.9 % of its quality (0.1 … 1.7 %)`; a gain is a loss below 0. */
export function lossWords({ loss, lossInterval }: Pick<MeasuredFigures, 'loss' | 'lossInterval'>): string {
  return `lost ${percent(loss)} of its quality${within(lossInterval)}`;
}

function within(interval: Interval | undefined): string {
  return interval === undefined ? '' : ` (${percent(interval.lower)} … ${percent(interval.upper)})`;
}

/** Without the sign of what is nothing at this many digits. */
export function percent(share: number): string {
  const digits = (100 * share).toFixed(1);
  return `${digits === '-0.0' ? '0.0' : digits} %`;
}

/** What a version's evidence keeps of them; undefined where it keeps none. */
export function readMeasuredFigures(
  evidence: Readonly<Record<string, unknown>>,
): MeasuredFigures | undefined {
  const { relativeCost, loss = NaN } = evidence;
  if (typeof relativeCost !== 'number' || typeof loss !== 'number') return undefined;
  const [relativeCostInterval, lossInterval] = ['relativeCostInterval', 'lossInterval'].map((name) =>
    asInterval(evidence[name]),
  );
  return {
    relativeCost,
    loss,
    ...(relativeCostInterval === undefined ? {} : { relativeCostInterval }),
    ...(lossInterval === undefined ? {} : { lossInterval }),
  };
}

function asInterval(value: unknown): Interval | undefined {
  if (typeof value !== 'object' || value === null || !('lower' in value) || !('upper' in value))
    return undefined;
  const { lower, upper } = value;
  return typeof lower === 'number' && typeof upper === 'number' ? { lower, upper } : undefined;
}
