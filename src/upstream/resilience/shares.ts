import type { Clock } from '../clock.ts';

/** What one API key has under way at a server, and what of it waits. */
export interface KeyLoad {
  active: number;
  /** In the order of their coming. */
  readonly waiting: Set<WaitingCall>;
  /** The most that was under way at once, in this window and in the one before. */
  peak: number;
  peakBefore: number;
}

export interface WaitingCall {
  begin(): void;
  /** Its place in the queue goes to another key. */
  giveWay(): void;
}

export interface Shares {
  of(key: string): KeyLoad;
  /** Whether a call of this key may begin now, apart from those that wait. */
  mayBegin(load: KeyLoad): boolean;
  begin(load: KeyLoad): void;
  end(load: KeyLoad): void;
  wait(load: KeyLoad, waiting: WaitingCall): void;
  leave(load: KeyLoad, waiting: WaitingCall): void;
  /** Whose turn it is among those that wait and may begin. */
  next(): WaitingCall | undefined;
  /** Who has to give way to this key when the queue is full: the last of the key that has most waiting, if that is more. */
  gives(to: KeyLoad): WaitingCall | undefined;
  readonly active: number;
  readonly waiting: number;
}

/** Of the slots, what is kept free for keys that had calls lately and have fewer now. */
const KEPT_FREE = 0.25;
/** What a key had under way counts for one to two of these. */
const WINDOW_MS = 30_000;

/**
 * Divides a server's slots between API keys. The next slot goes to the key that has the fewest (max-min fairness), in turns
 * where these are equal, and within a key to the oldest call. A key that is alone has all slots. Once another comes, it gets
 * the next ones; and while it comes again and again, up to a quarter of the slots is kept for it between its calls, so that it
 * does not wait each time for the end of somebody else's.
 */
export function createShares(slots: number, clock: Clock): Shares {
  const mostKept = Math.floor(slots * KEPT_FREE);
  const loads = new Map<string, KeyLoad>();
  /** The keys that have calls waiting; whoever was served comes last. */
  const inLine = new Set<KeyLoad>();
  let active = 0;
  let waiting = 0;
  /** The sum of {@link wanted} of all keys. */
  let kept = 0;
  let windowEnds = clock.now() + WINDOW_MS;

  function wanted({ peak, peakBefore, active: now }: KeyLoad): number {
    return Math.max(0, Math.min(mostKept, Math.max(peak, peakBefore)) - now);
  }

  function change(load: KeyLoad, by: 1 | -1): void {
    kept -= wanted(load);
    load.active += by;
    active += by;
    if (load.active > load.peak) load.peak = load.active;
    kept += wanted(load);
  }

  function nextWindow(): void {
    const now = clock.now();
    const isLongAgo = now >= windowEnds + WINDOW_MS;
    windowEnds = now + WINDOW_MS;
    kept = 0;
    for (const [key, load] of loads) {
      load.peakBefore = isLongAgo ? load.active : load.peak;
      load.peak = load.active;
      if (load.peakBefore === 0 && load.waiting.size === 0) loads.delete(key);
      else kept += wanted(load);
    }
  }

  function mayBegin(load: KeyLoad): boolean {
    if (active >= slots) return false;
    // A key that has none may take any.
    return load.active === 0 || active + Math.min(mostKept, kept - wanted(load)) < slots;
  }

  return {
    of(key) {
      if (clock.now() >= windowEnds) nextWindow();
      const known = loads.get(key);
      if (known !== undefined) return known;
      const load: KeyLoad = { active: 0, waiting: new Set(), peak: 0, peakBefore: 0 };
      loads.set(key, load);
      return load;
    },
    mayBegin,
    begin: (load) => change(load, 1),
    end: (load) => change(load, -1),
    wait(load, call) {
      load.waiting.add(call);
      inLine.add(load);
      waiting += 1;
    },
    leave(load, call) {
      if (!load.waiting.delete(call)) return;
      waiting -= 1;
      if (load.waiting.size === 0) inLine.delete(load);
    },
    next() {
      let chosen: KeyLoad | undefined;
      for (const load of inLine)
        if (mayBegin(load) && (chosen === undefined || load.active < chosen.active)) chosen = load;
      if (chosen === undefined) return undefined;
      inLine.delete(chosen);
      inLine.add(chosen);
      const [call] = chosen.waiting;
      return call;
    },
    gives(to) {
      let most = to;
      for (const load of inLine) if (load.waiting.size > most.waiting.size) most = load;
      // One more than it has would only exchange the two.
      return most.waiting.size > to.waiting.size + 1 ? [...most.waiting].at(-1) : undefined;
    },
    get active() {
      return active;
    },
    get waiting() {
      return waiting;
    },
  };
}
