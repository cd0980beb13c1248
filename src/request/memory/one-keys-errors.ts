/**
 * Tells apart whose trouble a 500 is: a server that is ill fails everybody, and a request that its model's template cannot take
 * fails alone. Without API keys nobody can be told apart, and every 500 is the server's.
 */
export interface OneKeysErrors {
  answered(keyId: string): void;
  /** Notes a 500. @returns whether only this key gets them, while another one's requests are answered. */
  failed(keyId: string): boolean;
}

/** What happened longer ago says nothing of now. */
const LATELY_MS = 60_000;

/** The last two keys that something happened to, the newest first: one of them is another than any given one. */
interface Lately {
  newest: { keyId: string; atMs: number } | undefined;
  other: { keyId: string; atMs: number } | undefined;
}

/** @param now milliseconds that never run backwards. */
export function createOneKeysErrors(now: () => number): OneKeysErrors {
  const answered: Lately = { newest: undefined, other: undefined };
  const failed: Lately = { newest: undefined, other: undefined };
  const happened = (to: Lately, keyId: string): void => {
    if (to.newest?.keyId === keyId) {
      to.newest.atMs = now();
      return;
    }
    to.other = to.newest;
    to.newest = { keyId, atMs: now() };
  };
  const toAnother = ({ newest, other }: Lately, keyId: string): boolean => {
    const last = newest?.keyId === keyId ? other : newest;
    return last !== undefined && now() - last.atMs < LATELY_MS;
  };
  return {
    answered: (keyId) => happened(answered, keyId),
    failed(keyId) {
      happened(failed, keyId);
      return !toAnother(failed, keyId) && toAnother(answered, keyId);
    },
  };
}
