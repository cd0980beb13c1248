/** How long an audit of a route may take. */
export interface TimeLimits {
  /** In milliseconds, at most so long. */
  of(route: string, mostMs: number): number;
  /** An audit has ended after so long. */
  ended(route: string, ms: number): void;
}

/** An audit may take this many times as long as audits of its route usually take, */
const TIMES_USUAL = 10;
/** but always so long, where a request may take that long at all. */
const LEAST_MS = 30_000;
/** The usual time is the geometric mean of about so many of the latest: a few very slow ones do not make it long. */
const MEAN_OVER = 20;

/** An audit that hangs takes the place of others, so it ends sooner than a request whose client waits. */
export function createTimeLimits(): TimeLimits {
  const usualLog = new Map<string, number>();
  return {
    of(route, mostMs) {
      const usual = usualLog.get(route);
      return usual === undefined
        ? mostMs
        : Math.min(mostMs, Math.max(LEAST_MS, TIMES_USUAL * Math.exp(usual)));
    },
    ended(route, ms) {
      const log = Math.log(Math.max(1, ms));
      const usual = usualLog.get(route) ?? log;
      usualLog.set(route, usual + (log - usual) / MEAN_OVER);
    },
  };
}
