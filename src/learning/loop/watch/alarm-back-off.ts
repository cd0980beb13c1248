import { DAY_MS } from '../../../format/time.ts';

/** The detectors learn what is usual from this many requests, doubled after repeated alarms up to the second number. */
const USUAL_REQUESTS = 500;
const MOST_REQUESTS = 32_000;
/** An alarm counts for this long. */
const ALARM_MEMORY_MS = 30 * DAY_MS;

/**
 * From how many requests the detectors learn what is usual before they can alarm: twice as many with each alarm of the
 * last thirty days but the first. Traffic that alternates, as by day and night, soon has both phases in what is usual;
 * audits are watched all the same.
 * @param alarms when requests raised alarms, in milliseconds.
 */
export function baselineRequests(alarms: readonly number[], nowMs: number): number {
  const recent = recentAlarms(alarms, nowMs).length;
  return Math.min(MOST_REQUESTS, USUAL_REQUESTS * 2 ** Math.max(0, recent - 1));
}

/** The alarms that still count, and one more now. */
export const recordAlarm = (alarms: readonly number[], nowMs: number): number[] => [
  ...recentAlarms(alarms, nowMs),
  nowMs,
];

const recentAlarms = (alarms: readonly number[], nowMs: number): number[] =>
  // One in the future was raised while a clock was ahead.
  alarms.filter((atMs) => Math.abs(nowMs - atMs) < ALARM_MEMORY_MS);
