import type { Sameness } from './sameness.ts';

/** A shorter value that differs says something else; in a longer one only the words may differ. */
const SHORT = 200;

/** Compares two texts that look like JSON objects or lists. Undefined where neither is one. */
export function compareJson(one: string, other: string): Sameness | undefined {
  const [a, b] = [one, other].map((text) => (/^[[{]/.test(text) ? canonical(text) : undefined));
  if (a === undefined && b === undefined) return undefined;
  if (a === undefined || b === undefined) return 'unknown';
  if (a === b) return 'same';
  return Math.max(one.length, other.length) <= SHORT ? 'different' : 'unknown';
}

/** The value in one way of writing it: members in order, numbers as they are written. Undefined where it is not JSON. */
function canonical(text: string): string | undefined {
  try {
    const kept: unknown = JSON.parse(text, (_, value: unknown, context?: { source?: string }): unknown => {
      if (typeof value === 'number') return `number ${context?.source ?? String(value)}`;
      if (typeof value === 'string') return `text ${value}`;
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
      return { members: Object.entries(value).toSorted(([x], [y]) => (x < y ? -1 : 1)) };
    });
    return JSON.stringify(kept);
  } catch {
    return undefined;
  }
}
