import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Seeded draws. The same seed gives the same sequence on every machine. */
export interface Random {
  /** A whole number from `from` to `to`, both included. */
  int(from: number, to: number): number;
  pick<T>(items: readonly T[]): T;
  /** `count` different items, in random order. Throws RangeError if there are fewer. */
  sample<T>(items: readonly T[], count: 2): [T, T];
  sample<T>(items: readonly T[], count: 3): [T, T, T];
  sample<T>(items: readonly T[], count: 4): [T, T, T, T];
  sample<T>(items: readonly T[], count: number): T[];
}

/** The item at a place that must exist. */
export function itemAt<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`there is no item ${index} among ${items.length}`);
  return item;
}

export function createRandom(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  const int = (from: number, to: number): number => uniformInt(generator, from, to);

  function sample<T>(items: readonly T[], count: 2): [T, T];
  function sample<T>(items: readonly T[], count: 3): [T, T, T];
  function sample<T>(items: readonly T[], count: 4): [T, T, T, T];
  function sample<T>(items: readonly T[], count: number): T[];
  function sample<T>(items: readonly T[], count: number): T[] {
    const rest = [...items];
    return Array.from({ length: count }, () => itemAt(rest.splice(int(0, rest.length - 1), 1), 0));
  }

  return { int, sample, pick: (items) => itemAt(sample(items, 1), 0) };
}

/** FNV-1a: each template draws from its own seed, so a new template leaves the others' questions as they are. */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return hash | 0;
}
