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
/** What the requests of one API key may hold together: new ones, and those under way. The rest is for other keys. */
const OF_ONE_KEY = { forNew: 0.65, most: 0.85 };

/** What one key's requests hold together. */
interface KeyBytes {
  bytes: number;
  holdings: number;
}

/** @param limit in bytes. */
export function createMemoryLedger(limit: number, within?: MemoryLedger): MemoryLedger {
  let held = 0;
  let refused = 0;
  const keys = new Map<string, KeyBytes>();
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
    hold: () => new LedgerHolding(ledger, keys, countRefused),
    part: (share) => createMemoryLedger(limit * share, ledger),
  };
  return ledger;
}

/** A class, because one is made for every request. */
class LedgerHolding implements Holding {
  readonly #ledger: MemoryLedger;
  readonly #keys: Map<string, KeyBytes>;
  readonly #onRefused: () => void;
  #keyId = '';
  /** Absent without API keys. */
  #key: KeyBytes | undefined;
  #bytes = 0;
  #state: 'open' | 'refused' | 'released' = 'open';

  constructor(ledger: MemoryLedger, keys: Map<string, KeyBytes>, onRefused: () => void) {
    this.#ledger = ledger;
    this.#keys = keys;
    this.#onRefused = onRefused;
  }

  get bytes(): number {
    return this.#bytes;
  }

  belongTo(keyId: string): void {
    if (keyId === '' || this.#state === 'released') return;
    let key = this.#keys.get(keyId);
    if (key === undefined) this.#keys.set(keyId, (key = { bytes: 0, holdings: 0 }));
    key.bytes += this.#bytes;
    key.holdings += 1;
    this.#keyId = keyId;
    this.#key = key;
  }

  fits(bytes: number): boolean {
    const key = this.#key;
    if (key === undefined || key.bytes + bytes <= this.#ledger.limit * OF_ONE_KEY.forNew)
      return this.#ledger.fits(bytes);
    this.#onRefused();
    return false;
  }

  grow(more: number): boolean {
    if (this.#state === 'released') return false;
    const key = this.#key;
    const hasShare = key === undefined || key.bytes + more <= this.#ledger.limit * OF_ONE_KEY.most;
    if (hasShare && this.#ledger.reserve(more)) {
      this.#bytes += more;
      if (key !== undefined) key.bytes += more;
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
    const key = this.#key;
    if (key !== undefined) {
      key.bytes -= this.#bytes;
      key.holdings -= 1;
      if (key.holdings === 0) this.#keys.delete(this.#keyId);
    }
    this.#bytes = 0;
  }
}
