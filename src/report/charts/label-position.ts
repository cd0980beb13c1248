import type { Point } from './shapes.ts';

/** What words or a block of them cover. */
export interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Pixels of a letter of the labels, on average. */
const LETTER = 6.2;

/** About what words at a place cover: their start or end on the base line. */
export function boxOfWords([x, y]: Point, words: string, side: 'start' | 'end'): Box {
  const width = words.length * LETTER;
  const left = side === 'end' ? x - width : x;
  return { left, right: left + width, top: y - 10, bottom: y + 3 };
}

const overlap = (one: Box, other: Box): boolean =>
  one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

/**
 * How far a block is to move up (below 0) or down, so that it covers nothing that is taken and stays between `top` and
 * `bottom`: the least that does, or 0 where nothing does.
 */
export function shiftToClear(
  block: Box,
  taken: readonly Box[],
  { top, bottom }: { top: number; bottom: number },
): number {
  for (let step = 0; step <= bottom - top; step += 2)
    for (const by of step === 0 ? [0] : [-step, step]) {
      const moved = { ...block, top: block.top + by, bottom: block.bottom + by };
      if (moved.top >= top && moved.bottom <= bottom && !taken.some((each) => overlap(moved, each)))
        return by;
    }
  return 0;
}
