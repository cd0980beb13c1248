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
export const SHARING = 2;
