/** The lease of a job: the job's name, and the name of the holder in the store. */
export interface HeldLease {
  name: string;
  holder: string;
}

/** Only the lease holder may learn a route. If it dies, others wait this long before taking over. */
export const LEASE_MS = 60_000;
const KEEP_EVERY_MS = LEASE_MS / 3;
/** A learner that takes longer than this hangs, so its lease is no longer extended. */
const HANGS_AFTER_MS = 1_800_000;

export interface LeaseKeeperOptions {
  /** Extends the lease. @returns false where it was lost. */
  keep: (held: HeldLease) => Promise<boolean>;
  /** Resolves after `ms`, or at once when the signal aborts. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface LeaseKeeper {
  /** Extends this lease from now on, instead of the former one; absent: none. */
  hold(held?: HeldLease): void;
}

/**
 * Extends the lease of a learner while it fits. The learner's own thread cannot, because a fit blocks it. Without this, two
 * learners whose fits take longer than a lease would take over from each other without end.
 */
export function createLeaseKeeper({ keep, sleep }: LeaseKeeperOptions): LeaseKeeper {
  let stop = new AbortController();

  async function beat(held: HeldLease, { signal }: AbortController): Promise<void> {
    for (let heldMs = 0; heldMs < HANGS_AFTER_MS; heldMs += KEEP_EVERY_MS) {
      await sleep(KEEP_EVERY_MS, signal);
      if (signal.aborted) return;
      // While the store is unavailable no other learner can take the job either.
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
