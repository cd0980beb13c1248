const MINUTE_MS = 60_000;

export interface Allowances {
  hasTime(key: string): boolean;
  charge(key: string, ms: number): void;
}

/**
 * A bound on the time a minute that each key takes: time that was taken comes back evenly over the minute after.
 *
 * @param maxKeys of which time is remembered; the one that was charged longest ago gives way.
 */
export function createAllowances(msPerMinute: number, now: () => number, maxKeys = 10_000): Allowances {
  const taken = new Map<string, { ms: number; at: number }>();

  function takenBy(key: string): number {
    const account = taken.get(key);
    if (account === undefined) return 0;
    return Math.max(0, account.ms - ((now() - account.at) * msPerMinute) / MINUTE_MS);
  }

  return {
    hasTime: (key) => takenBy(key) < msPerMinute,
    charge(key, ms) {
      const account = { ms: takenBy(key) + ms, at: now() };
      taken.delete(key);
      taken.set(key, account);
      for (const oldest of taken.keys()) {
        if (taken.size <= maxKeys) break;
        taken.delete(oldest);
      }
    },
  };
}
