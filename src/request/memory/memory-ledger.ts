import type { Holding } from '../../wire/http-message.ts';

/**
 * What requests under way hold in memory together, in bytes. One number, counted where bytes arrive; nothing is allocated
 * or freed by it.
 */
export interface MemoryLedger {
  /** The most that may be held. */
  readonly limit: number;
  /** What is held now. */
  readonly held: number;
  /** Requests that found no room, since the start. */
  readonly refused: number;
  /** Whether a request that begins now may hold this much: it leaves room for those under way. */
  fits(bytes: number): boolean;
  /** Books bytes. @returns false where they do not fit; then nothing is booked. */
  reserve(bytes: number): boolean;
  release(bytes: number): void;
  /** What one request, or one audit, will hold. */
  hold(): Holding;
  /** A ledger within this one, which takes at most this part of it. */
  part(share: number): MemoryLedger;
}

/** What new requests leave to those under way, so that these can end. */
const FOR_NEW = 0.85;

/** @param limit in bytes. */
export function createMemoryLedger(limit: number, within?: MemoryLedger): MemoryLedger {
  let held = 0;
  let refused = 0;
  const countRefused = (): void => void (refused += 1);
  const ledger: MemoryLedger = {
    limit,
    get held() {
      return held;
    },
    get refused() {
      return refused;
    },
    fits(bytes) {
      const fits = held + bytes <= limit * FOR_NEW && (within?.fits(bytes) ?? true);
      if (!fits) refused += 1;
      return fits;
    },
    reserve(bytes) {
      if (held + bytes > limit || within?.reserve(bytes) === false) return false;
      held += bytes;
      return true;
    },
    release(bytes) {
      held -= bytes;
      within?.release(bytes);
    },
    hold: () => new LedgerHolding(ledger, countRefused),
    part: (share) => createMemoryLedger(limit * share, ledger),
  };
  return ledger;
}

/** A class, because one is made for every request. */
class LedgerHolding implements Holding {
  readonly #ledger: MemoryLedger;
  readonly #onRefused: () => void;
  #bytes = 0;
  #state: 'open' | 'refused' | 'released' = 'open';

  constructor(ledger: MemoryLedger, onRefused: () => void) {
    this.#ledger = ledger;
    this.#onRefused = onRefused;
  }

  get bytes(): number {
    return this.#bytes;
  }

  grow(more: number): boolean {
    if (this.#state === 'released') return false;
    if (this.#ledger.reserve(more)) {
      this.#bytes += more;
      return true;
    }
    if (this.#state === 'open') this.#onRefused();
    this.#state = 'refused';
    return false;
  }

  release(): void {
    if (this.#state === 'released') return;
    this.#state = 'released';
    this.#ledger.release(this.#bytes);
    this.#bytes = 0;
  }
}
