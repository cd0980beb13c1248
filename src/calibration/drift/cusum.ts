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
  /** The factor of the odds, up or down, that the test looks for; 2 by default. */
  readonly oddsRatio?: number;
  /** The log-likelihood ratio that raises an alarm, see `cusumLimit`. */
  readonly limit: number;
}

/**
 * One step of the Bernoulli CUSUM (Page 1954; Reynolds & Stoumbos 1999). `happened` tells whether this event was of the kind
 * whose rate is watched, or to what degree, 0..1: then the evidence is the mean of both cases, whose expected exponential at
 * the rate is still at most 1. The rate may differ from event to event. Throws RangeError if the rate is not within (0, 1),
 * or the odds ratio is not above 1.
 */
export function cusumStep(
  state: CusumState,
  happened: boolean | number,
  { rate, oddsRatio = 2, limit }: CusumOptions,
): CusumState {
  if (!(rate > 0 && rate < 1)) throw new RangeError(`a rate of ${rate} is not within (0, 1)`);
  if (!(oddsRatio > 1)) throw new RangeError(`an odds ratio of ${oddsRatio} is not above 1`);
  const rise = Math.max(0, state.rise + evidence(happened, rate, oddsRatio));
  const fall = Math.max(0, state.fall + evidence(happened, rate, 1 / oddsRatio));
  return { rise, fall, alarm: rise > limit ? 'rise' : fall > limit ? 'fall' : undefined };
}

/** ln of the event's chance at the odds changed by `ratio`, over its chance at the rate. */
function evidence(happened: boolean | number, rate: number, ratio: number): number {
  return Number(happened) * Math.log(ratio) - Math.log1p(rate * (ratio - 1));
}

/**
 * By how much a CUSUM falls at each event, on average and in nats, while the rate is unchanged. `rise` looks for an
 * `oddsRatio` above 1, `fall` for its inverse.
 */
export function cusumDrift(rate: number, oddsRatio: number): number {
  return -evidence(rate, rate, oddsRatio);
}

/**
 * The limit at which one side of a CUSUM raises at most one false alarm in about `runLength` events (for one in 30 days: 30
 * times a day's requests), if it falls by `drift` at each event on average. It takes (e^h − h − 1)/drift events to reach the
 * limit h (Siegmund 1985, Sequential Analysis, ch. 2), and more since the last step overshoots. If two sides or several
 * rates are watched, they share the alarms. Throws RangeError if the run length is below 1 or the drift not above 0.
 */
export function cusumLimit(runLength: number, drift: number): number {
  if (!(runLength >= 1 && drift > 0))
    throw new RangeError(`a run length of ${runLength} at a drift of ${drift}`);
  const target = runLength * drift;
  // Newton's steps from above, since e^h − h − 1 is convex: it is at least h²/2, and at least e^h/2 from 2 on.
  let limit = target > 5 ? Math.log(2 * target) : Math.sqrt(2 * target);
  for (let step = 0; step < 100; step++) {
    const excess = Math.expm1(limit) - limit - target;
    const next = limit - excess / Math.expm1(limit);
    if (!(next < limit - 1e-12)) break;
    limit = next;
  }
  return limit;
}
