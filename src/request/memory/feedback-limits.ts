import { WeirError } from '../../errors.ts';

/** Verdicts by one key within a minute, even if they are refused: each needs a look-up in the store. */
const OF_KEY = { most: 3_000, withinMs: 60_000 };
/** Changes by one source to one completion's verdicts within an hour: each takes a place in the recorder's queue. */
const OF_COMPLETION = { most: 20, withinMs: 3_600_000 };
/** How many keys, or completions with their sources, are remembered at once. */
const CAPACITY = 20_000;

/** Limits how many verdicts are accepted. In memory: each gateway counts for itself, from its start. */
export interface FeedbackLimits {
  /** Counts a verdict that comes by this key. @throws {WeirError} `rate_limit_exceeded` */
  ofKey(key: string): void;
  /** Counts a verdict that changes something, for each source apart: a user cannot keep an operator out. @throws {WeirError} `rate_limit_exceeded` */
  ofCompletion(outcomeId: string, source: string): void;
}

/** @param now milliseconds that never run backwards. */
export function createFeedbackLimits({
  now,
  ofKey = OF_KEY,
  ofCompletion = OF_COMPLETION,
}: {
  now: () => number;
  ofKey?: typeof OF_KEY;
  ofCompletion?: typeof OF_COMPLETION;
}): FeedbackLimits {
  const keys = createWindows(ofKey, now);
  const completions = createWindows(ofCompletion, now);
  return {
    ofKey(key) {
      const retryAfterMs = keys(key);
      if (retryAfterMs !== undefined)
        throw new WeirError(
          'rate_limit_exceeded',
          `More than ${ofKey.most} verdicts came with this key within ${ofKey.withinMs / 1_000} s; send the rest later.`,
          { retryAfterMs },
        );
    },
    ofCompletion(outcomeId, source) {
      const retryAfterMs = completions(`${source} ${outcomeId}`);
      if (retryAfterMs !== undefined)
        throw new WeirError(
          'rate_limit_exceeded',
          `The verdicts of source '${source}' on this completion changed ${ofCompletion.most} times within ${ofCompletion.withinMs / 1_000} s; the last one stands.`,
          { retryAfterMs },
        );
    },
  };
}

/** Counts by name, from the first one of a window on. @returns how long until the next one is taken, where this one is not. */
function createWindows(
  { most, withinMs }: typeof OF_KEY,
  now: () => number,
): (name: string) => number | undefined {
  const windows = new Map<string, { beganAt: number; count: number }>();
  return (name) => {
    const at = now();
    const window = windows.get(name);
    if (window === undefined || at - window.beganAt >= withinMs) {
      windows.delete(name);
      windows.set(name, { beganAt: at, count: 1 });
      // A Map keeps the order of insertion: the first began before all others.
      const [oldest = name] = windows.keys();
      if (windows.size > CAPACITY) windows.delete(oldest);
      return undefined;
    }
    if (window.count >= most) return window.beganAt + withinMs - at;
    window.count += 1;
    return undefined;
  };
}
