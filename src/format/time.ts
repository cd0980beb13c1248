export const DAY_MS = 86_400_000;

/** Milliseconds since 1970 in UTC: `2026-11-30T18:59:35.000Z`. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** `2026-11-30`, in UTC. */
export function isoDay(ms: number): string {
  return isoTime(ms).slice(0, 10);
}

/** `2026-11-30 18:59`, in UTC. */
export function isoMinute(ms: number): string {
  return isoTime(ms).slice(0, 16).replace('T', ' ');
}
