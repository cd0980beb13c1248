/**
 * The state of a two-sided Page–Hinkley test; plain JSON. Start from `PAGE_HINKLEY_START`, and again after an
 * alarm.
 */
export interface PageHinkleyState {
  readonly count: number;
  /** The mean of all values so far. */
  readonly mean: number;
  /** How far the sum of deviations is above its minimum, and below its maximum, in standard deviations. */
  readonly rise: number;
  readonly fall: number;
  /** The direction of a change found by the last value. */
  readonly alarm: 'rise' | 'fall' | undefined;
}

export const PAGE_HINKLEY_START: PageHinkleyState = { count: 0, mean: 0, rise: 0, fall: 0, alarm: undefined };

/** `drift`: deviations up to this size are ignored; `limit`: the sum that raises an alarm. Both in standard deviations. */
export interface PageHinkleyOptions {
  readonly drift?: number;
  readonly limit?: number;
}

/**
 * One step of the Page–Hinkley test (Page 1954; Hinkley 1971) for a change of the mean: `value` is
 * standardised, such as (logit of confidence − its mean) / its standard deviation over the rows of the fit.
 * Drift .1 and limit 50 by default. Throws RangeError if the value is not finite.
 */
export function pageHinkleyStep(
  state: PageHinkleyState,
  value: number,
  { drift = 0.1, limit = 50 }: PageHinkleyOptions = {},
): PageHinkleyState {
  if (!Number.isFinite(value)) throw new RangeError(`the value is ${value}`);
  const count = state.count + 1;
  const mean = state.mean + (value - state.mean) / count;
  const rise = Math.max(0, state.rise + (value - mean) - drift);
  const fall = Math.max(0, state.fall - (value - mean) - drift);
  return { count, mean, rise, fall, alarm: rise > limit ? 'rise' : fall > limit ? 'fall' : undefined };
}

/** By how much a normal walk oversteps a limit, at both ends together, on average (Siegmund 1985, Sequential Analysis, ch. 10). */
const OVERSHOOT = 2 * 0.583;

/**
 * The limit at which independent normal values of one mean raise a false alarm once in about `runLength`
 * values (for one in 30 days: 30 times a day's requests), by the run length of Brownian motion, (e^(2dh) − 1 −
 * 2dh)/(2d²) for drift d and limit h on either side. Autocorrelated values alarm sooner. Throws
 * RangeError if a number is not positive.
 */
export function pageHinkleyLimit(runLength: number, drift = 0.1): number {
  if (!(runLength > 0 && drift > 0))
    throw new RangeError(`a run length of ${runLength} at a drift of ${drift}`);
  const lengthAt = (limit: number): number =>
    (Math.expm1(2 * drift * limit) - 2 * drift * limit) / (2 * drift * drift);
  let [low, high] = [0, Math.log(4 * drift * drift * runLength + 3) / drift + Math.sqrt(2 * runLength)];
  while (high - low > 1e-9 * high) {
    const middle = (low + high) / 2;
    if (lengthAt(middle) < 2 * runLength) low = middle;
    else high = middle;
  }
  return Math.max(0, high - OVERSHOOT);
}
