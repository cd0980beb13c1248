import type { Point } from './shapes.ts';

/** The rectangle that a label or a block of labels covers. */
export interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Mean width of a letter of the labels, in pixels. */
const LETTER = 6.2;

/** About what a label covers. @param position start or end of its base line. */
export function boxOfWords([x, y]: Point, words: string, side: 'start' | 'end'): Box {
  const width = words.length * LETTER;
  const left = side === 'end' ? x - width : x;
  return { left, right: left + width, top: y - 10, bottom: y + 3 };
}

const overlap = (one: Box, other: Box): boolean =>
  one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

/**
 * The smallest shift up (below 0) or down by which a block covers no taken box and stays between `top` and `bottom`; 0 if
 * there is none.
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
