/** Deeper than any client reads, and far from where `JSON.stringify` overflows the stack. */
const MOST_DEPTH = 512;

/**
 * A value that a server sent as JSON text. What is nested deeper than 512 levels becomes `null` where all of it would be too deep to be
 * written: the parser takes any depth, the writer does not.
 */
export function writeJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'null';
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return JSON.stringify(cut(value, 0));
  }
}

function cut(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth === MOST_DEPTH) return null;
  if (Array.isArray(value)) return value.map((item: unknown) => cut(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, cut(member, depth + 1)]));
}
