import { createHash, hash } from 'node:crypto';

/** A request's coins, each within [0, 1) and independent of the others: always the same for the same id and secret. */
export interface Coins {
  /** Picks the requests whose audits certify. */
  certification: number;
  /** Picks further requests, close decisions more often. */
  learning: number;
  /** Picks the audits in which the judge is asked about a control. */
  control: number;
  /** Picks the audits that operators are asked about whatever the answers are. */
  review: number;
}

const BLOCK_BYTES = 64;
const HASH_BYTES = 32;
/** Hexadecimal digits of a coin. */
const DIGITS = 12;
/** Keeps coins apart from what else the secret keys: API keys and conversations. */
const PURPOSE = 'coins ';

/**
 * Tosses the coins of a request: twelve hexadecimal digits each of HMAC-SHA-256(secret, "coins " and the id). Keyed, so that a client which sees
 * its id cannot tell what is drawn; whoever has the store's secret can toss again. By the definition of HMAC (RFC 2104) over
 * plain hashes, because Node's own takes several times as long to begin.
 */
export function createCoins(secret: string): (id: string) => Coins {
  const key = Buffer.alloc(BLOCK_BYTES);
  const given = Buffer.from(secret);
  (given.length > BLOCK_BYTES ? createHash('sha256').update(given).digest() : given).copy(key);
  const inner = key.map((byte) => byte ^ 0x36);
  const outer = Buffer.concat([key.map((byte) => byte ^ 0x5c), Buffer.alloc(HASH_BYTES)]);
  return (id) => {
    const within = hash('sha256', Buffer.concat([inner, Buffer.from(PURPOSE + id)]), 'hex');
    outer.write(within, BLOCK_BYTES, 'hex');
    const digits = hash('sha256', outer, 'hex');
    const coin = (place: number): number =>
      Number.parseInt(digits.slice(place * DIGITS, (place + 1) * DIGITS), 16) / 16 ** DIGITS;
    return { certification: coin(0), learning: coin(1), control: coin(2), review: coin(3) };
  };
}
