/** An alarm of a drift detector. `confidence` and `accepted` come from requests and need no labels; the others come from audits. */
export interface Alarm {
  kind: 'confidence' | 'accepted' | 'scores' | 'lossRate' | 'loss';
  message: string;
}

/**
 * How often a route's detectors may raise a false alarm, on average: those on requests together once in `requests`
 * requests, those on audits together once in `audits` audits.
 */
export interface RunLengths {
  requests: number;
  audits: number;
}

/** Detectors of each kind; they share their false alarms evenly. The proof of a loss has a rate of its own. */
export const DETECTORS_PER_KIND = 2;

/** Rates below this, or above one minus this, leave no room for a visible change. */
export const LEAST_RATE = 0.01;

/** The rate, held far enough from 0 and 1 that a change can be seen. */
export const watchableRate = (rate: number): number => Math.min(1 - LEAST_RATE, Math.max(LEAST_RATE, rate));

/** Standard errors by which a measured rate may be too low. */
const UNSURE = 1;

/**
 * The rate to compare later events with, where `found` of `rows` had the property: as high as the sample plausibly allows,
 * so that a lucky sample raises no alarm later.
 */
export function upperUsualRate(found: number, rows: number): number {
  const estimate = watchableRate((found + 1) / (rows + 2));
  return watchableRate(estimate + UNSURE * Math.sqrt((estimate * (1 - estimate)) / rows));
}
