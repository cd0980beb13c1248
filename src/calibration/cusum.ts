/**
 * The state of a two-sided CUSUM on a rate; plain JSON. Start from `CUSUM_START`, and again after an alarm.
 */
export interface CusumState {
  /**
   * The greatest log-likelihood ratio, over all moments of change so far, of a risen and of a fallen rate.
   */
  readonly rise: number;
  readonly fall: number;
  /** The direction of a change found by the last event. */
  readonly alarm: 'rise' | 'fall' | undefined;
}

export const CUSUM_START: CusumState = { rise: 0, fall: 0, alarm: undefined };

export interface CusumOptions {
  /**
   * The rate in control, within (0, 1): such as the share of answers accepted when the policy was certified.
   */
  readonly rate: number;
  /** By how much the odds must change to be looked for, up or down; 2 unless told. */
  readonly oddsRatio?: number;
  /** The log-likelihood ratio that raises an alarm, see `cusumLimit`. */
  readonly limit: number;
}

/**
 * One step of the Bernoulli CUSUM (Page 1954; Reynolds & Stoumbos 1999): `happened` is whether this event was
 * of the kind whose rate is watched. Throws RangeError where the rate is not within (0, 1), or the odds ratio
 * is not above 1.
 */
export function cusumStep(
  state: CusumState,
  happened: boolean,
  { rate, oddsRatio = 2, limit }: CusumOptions,
): CusumState {
  if (!(rate > 0 && rate < 1)) throw new RangeError(`a rate of ${rate} is not within (0, 1)`);
  if (!(oddsRatio > 1)) throw new RangeError(`an odds ratio of ${oddsRatio} is not above 1`);
  const rise = Math.max(0, state.rise + evidence(happened, rate, oddsRatio));
  const fall = Math.max(0, state.fall + evidence(happened, rate, 1 / oddsRatio));
  return { rise, fall, alarm: rise > limit ? 'rise' : fall > limit ? 'fall' : undefined };
}

/** ln of the event's chance at the odds changed by `ratio`, over its chance at the rate. */
function evidence(happened: boolean, rate: number, ratio: number): number {
  const norm = Math.log1p(rate * (ratio - 1));
  return happened ? Math.log(ratio) - norm : -norm;
}

/**
 * The limit at which a steady rate raises a false alarm after `runLength` events or more on average (one in
 * 30 days: 30 times a day's requests): ln(2 · runLength), by Lorden's bound (1971) on either side. Throws
 * RangeError below one event.
 */
export function cusumLimit(runLength: number): number {
  if (!(runLength >= 1)) throw new RangeError(`a run length of ${runLength}`);
  return Math.log(2 * runLength);
}
