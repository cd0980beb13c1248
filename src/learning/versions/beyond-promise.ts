import type { Interval } from '../../calibration/tests/interval.ts';
import { exactPercent, percent } from '../../format/percent.ts';

/** A loss that was measured on other rows than the certificate's. */
export interface MeasuredLoss {
  value: number;
  interval: Interval;
  /** Such as `300 questions`. */
  rows: string;
}

/**
 * What stands beside a certificate where more was lost elsewhere than it promises: in sentences, with whether that can be chance.
 * @param limit the greatest loss that is promised. @returns undefined where no more was lost.
 */
export function beyondPromise(limit: number, { value, interval, rows }: MeasuredLoss): string | undefined {
  if (!(value > limit)) return undefined;
  const { lower, upper } = interval;
  const lost = `On ${rows} more was lost than is promised: ${percent(value)} (${percent(lower)} to ${percent(upper)}), where at most ${exactPercent(limit)} may be.`;
  return lower > limit
    ? `${lost} That is hardly chance: it speaks against the certificate. Perhaps these questions, or the models, are not those that it was made for.`
    : `${lost} That may be chance: the interval reaches the promise. More questions would tell.`;
}
