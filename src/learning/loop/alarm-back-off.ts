/** Requests from which it is learned what is usual, and the most of them. */
const USUAL_REQUESTS = 500;
const MOST_REQUESTS = 32_000;
/** For so long an alarm counts. */
const DAYS = 30;
const DAY_MS = 86_400_000;

/**
 * How many requests teach what is usual before any can alarm: twice as many with each alarm of the last thirty days but the
 * first. Traffic that comes and goes, such as that of day and night, soon has both in what is usual; audits go on.
 * @param rang when requests alarmed, in milliseconds.
 */
export function baselineRequests(rang: readonly number[], nowMs: number): number {
  const counted = stillCounting(rang, nowMs).length;
  return Math.min(MOST_REQUESTS, USUAL_REQUESTS * 2 ** Math.max(0, counted - 1));
}

/** Those that count, with another one now. */
export const recordAlarm = (rang: readonly number[], nowMs: number): number[] => [
  ...stillCounting(rang, nowMs),
  nowMs,
];

const stillCounting = (rang: readonly number[], nowMs: number): number[] =>
  rang.filter((atMs) => atMs > nowMs - DAYS * DAY_MS);
