import type { Clock } from './clock.ts';

export interface ManualClock extends Clock {
  /** Moves time on, and runs what falls due on the way, in order. */
  advance(ms: number): void;
  /** Timers that wait. */
  pending(): number;
}

/** A clock that stands still until it is moved: for tests. */
export function createManualClock(): ManualClock {
  const timers = new Set<{ at: number; run: () => void }>();
  let now = 0;
  return {
    now: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(ms) {
      const until = now + ms;
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at);
        if (next === undefined) break;
        timers.delete(next);
        now = next.at;
        next.run();
      }
      now = until;
    },
    pending: () => timers.size,
  };
}
