const HOUR_MS = 3_600_000;

/**
 * How many requests an hour may go on to a later tier because an upstream failed or was full. A sliding hour, in memory. It is there
 * for configurations that still have `upstreams.*.failureAllowancePerHour`, and goes with that key: money is bounded by `ExtraCosts`.
 */
export interface FailureAllowance {
  /** Takes one, or says how long to wait for the next, in milliseconds. */
  take(upstream: string): { ok: true } | { ok: false; retryAfterMs: number };
}

/**
 * @param perHour the allowance of each upstream by name; an upstream that is not there is not limited.
 * @param now milliseconds that never run backwards.
 */
export function createFailureAllowance(
  perHour: ReadonlyMap<string, number>,
  now: () => number,
): FailureAllowance {
  // Each upstream's latest times, the oldest first, in a ring. It grows with use: an allowance may be any number.
  const taken = new Map<string, { times: number[]; next: number }>();
  return {
    take(upstream) {
      const limit = perHour.get(upstream);
      if (limit === undefined) return { ok: true };
      if (limit === 0) return { ok: false, retryAfterMs: HOUR_MS };
      let ring = taken.get(upstream);
      if (ring === undefined) taken.set(upstream, (ring = { times: [], next: 0 }));
      const { times, next } = ring;
      const at = now();
      const oldest = times.length < limit ? -Infinity : (times[next] ?? -Infinity);
      if (at - oldest < HOUR_MS) return { ok: false, retryAfterMs: Math.ceil(oldest + HOUR_MS - at) };
      times[next] = at;
      ring.next = (next + 1) % limit;
      return { ok: true };
    },
  };
}
