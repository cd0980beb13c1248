export interface ByteLru<Value> {
  get(key: string): Value | undefined;
  /** Adds or replaces an entry; one that is larger than the whole is not kept. */
  set(key: string, value: Value, bytes: number): void;
  clear(): void;
  readonly bytes: number;
}

/**
 * Keeps the entries that were used last, in at most `maxBytes` altogether.
 *
 * @param onEvicted told of each entry that gives way, and of one that is too large to be kept.
 */
export function createByteLru<Value>(
  maxBytes: number,
  onEvicted: (value: Value) => void = () => {},
): ByteLru<Value> {
  // A map's order is that of insertion: the first is the one that was not used for longest.
  const entries = new Map<string, { value: Value; bytes: number }>();
  let total = 0;

  function remove(key: string): void {
    const entry = entries.get(key);
    if (entry === undefined) return;
    entries.delete(key);
    total -= entry.bytes;
  }

  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value, bytes) {
      remove(key);
      if (bytes > maxBytes) {
        onEvicted(value);
        return;
      }
      entries.set(key, { value, bytes });
      total += bytes;
      for (const [oldest, entry] of entries) {
        if (total <= maxBytes) break;
        remove(oldest);
        onEvicted(entry.value);
      }
    },
    clear() {
      entries.clear();
      total = 0;
    },
    get bytes() {
      return total;
    },
  };
}
