/** A job that somebody does, under the name by which the store knows them. */
export interface Held {
  name: string;
  holder: string;
}

/** Who learns a route, and nobody else meanwhile; whoever dies is waited for so long. */
export const LEASE_MS = 60_000;
const KEEP_EVERY_MS = LEASE_MS / 3;
/** A learner that has come to nothing by then hangs: others may try. */
const HANGS_AFTER_MS = 1_800_000;

export interface LeaseKeeperOptions {
  /** Makes the lease longer. @returns false where it was lost. */
  keep: (held: Held) => Promise<boolean>;
  /** Resolves after `ms`, or at once when the signal aborts. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface LeaseKeeper {
  /** This job is held from now on, in the place of the former one; absent: none is. */
  hold(held?: Held): void;
}

/**
 * Keeps the lease of a learner that fits: the thread that does it answers nothing meanwhile, so another one has to. Without
 * it two learners whose fits take longer than a lease would take over from one another without end.
 */
export function createLeaseKeeper({ keep, sleep }: LeaseKeeperOptions): LeaseKeeper {
  let stop = new AbortController();

  async function beat(held: Held, { signal }: AbortController): Promise<void> {
    for (let heldMs = 0; heldMs < HANGS_AFTER_MS; heldMs += KEEP_EVERY_MS) {
      await sleep(KEEP_EVERY_MS, signal);
      if (signal.aborted) return;
      // While the store is away nobody else takes the job either.
      if (!(await keep(held).catch(() => true))) return;
    }
  }

  return {
    hold(held) {
      stop.abort();
      stop = new AbortController();
      if (held !== undefined) void beat(held, stop);
    },
  };
}
