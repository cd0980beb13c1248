/** Notes what the common form cannot say of one request. */
export interface Unsaid {
  /** A parameter that an answer can do without, by the client's name for it. */
  drop(name: string): void;
  /** What an answer depends on, as the end of a sentence; the first one is told. */
  need(what: string): void;
  readonly dropped: readonly string[];
  readonly needed: string | undefined;
}

export function createUnsaid(): Unsaid {
  const dropped = new Set<string>();
  let needed: string | undefined;
  return {
    drop: (name) => void dropped.add(name),
    need(what) {
      needed ??= what.length > LONGEST ? `${what.slice(0, LONGEST)}…` : what;
    },
    get dropped() {
      return [...dropped];
    },
    get needed() {
      return needed;
    },
  };
}

/** It stands in errors and in the record. */
const LONGEST = 100;
