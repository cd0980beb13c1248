/**
 * What routes may pay more because a tier failed, in a sliding hour: an outage of a small tier must not become an unlimited bill.
 * In memory, in seconds. What is under way counts with the most that it is expected to cost, so that many requests at once do not
 * pass the limit together.
 */
export interface ExtraCosts {
  /** The limit, in nano-dollars; `undefined` where the route has none. */
  limitOf(route: string): number | undefined;
  /**
   * Reserves at most so much for one request.
   * @returns what is called with its cost once that is known; or how long to wait until the route may pay again, in milliseconds.
   */
  reserve(route: string, atMostNanoUsd: number): { settle(nanoUsd: number): void } | { retryAfterMs: number };
}

const SECONDS = 3_600;
/** What is under way is known soon. */
const SETTLED_SOON_MS = 1_000;

/**
 * @param limits nano-dollars an hour, by route; a route that is not there has none.
 * @param now milliseconds that never run backwards.
 */
export function createExtraCosts(limits: ReadonlyMap<string, number>, now: () => number): ExtraCosts {
  const spent = new Map([...limits.keys()].map((route) => [route, createHour(now)]));
  return {
    limitOf: (route) => limits.get(route),
    reserve(route, atMostNanoUsd) {
      const limit = limits.get(route);
      const hour = spent.get(route);
      if (limit === undefined || hour === undefined) return { settle: () => undefined };
      const retryAfterMs = hour.untilBelow(limit);
      if (retryAfterMs !== undefined) return { retryAfterMs };
      hour.reserved += atMostNanoUsd;
      let open = true;
      return {
        settle(nanoUsd) {
          if (!open) return;
          open = false;
          hour.reserved -= atMostNanoUsd;
          hour.add(nanoUsd);
        },
      };
    },
  };
}

/** The money of the last hour, by the second; a second counts until all of it is an hour ago. */
function createHour(now: () => number) {
  const bySecond = new Float64Array(SECONDS + 1);
  let sum = 0;
  let second = Math.floor(now() / 1_000);
  const at = (which: number): number => ((which % bySecond.length) + bySecond.length) % bySecond.length;

  /** Forgets what has left the hour. */
  function advance(): void {
    const current = Math.floor(now() / 1_000);
    const passed = Math.min(current - second, bySecond.length);
    for (let step = 1; step <= passed; step += 1) {
      const index = at(current - passed + step);
      sum -= bySecond[index] ?? 0;
      bySecond[index] = 0;
    }
    second = current;
  }

  return {
    reserved: 0,
    add(nanoUsd: number): void {
      advance();
      const index = at(second);
      bySecond[index] = (bySecond[index] ?? 0) + nanoUsd;
      sum += nanoUsd;
    },
    /** How long until less than the limit is spent and reserved; `undefined` where that is so now. */
    untilBelow(limit: number): number | undefined {
      advance();
      if (sum + this.reserved < limit) return undefined;
      if (limit > 0 && sum < limit) return SETTLED_SOON_MS;
      let left = sum;
      for (let age = SECONDS; age >= 0; age -= 1) {
        left -= bySecond[at(second - age)] ?? 0;
        if (left < limit) return (second - age + bySecond.length) * 1_000 - now();
      }
      // Nothing may ever be paid.
      return Infinity;
    },
  };
}
