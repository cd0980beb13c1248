/** What rang. `confidence` and `accepted` need no labels; the others are of audits. */
export interface Alarm {
  kind: 'confidence' | 'accepted' | 'scores' | 'lossRate' | 'loss';
  message: string;
}

/**
 * How often a route's detectors may be wrong, on average: those without labels together once in so many requests, those of
 * audits together once in so many audits.
 */
export interface RunLengths {
  requests: number;
  audits: number;
}

/** Detectors of either kind, which share its false alarms evenly; the proof of a loss has a rate of its own. */
export const DETECTORS_PER_KIND = 2;

/** Shares within these bounds can be watched. */
export const LEAST_RATE = 0.01;

/** Held away from 0 and 1, where no change can be seen. */
export const watchableRate = (rate: number): number => Math.min(1 - LEAST_RATE, Math.max(LEAST_RATE, rate));

/** Standard errors by which a share that was found may be too low. */
const UNSURE = 1;

/** What share is usual where so many were found: as high as the sample leaves open, so that its luck is no alarm. */
export function upperUsualRate(found: number, rows: number): number {
  const estimate = watchableRate((found + 1) / (rows + 2));
  return watchableRate(estimate + UNSURE * Math.sqrt((estimate * (1 - estimate)) / rows));
}
