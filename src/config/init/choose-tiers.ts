/** Below this ratio of sizes, a larger model is hardly better, and another tier only costs time. */
const MIN_RATIO = 1.5;

export interface Sized {
  /** Parameters in billions, if known. */
  billions?: number;
}

const sizeOf = ({ billions }: Sized): number => billions ?? 0;

/**
 * Chooses at most `slots` models as a ladder, smallest first: the smallest, the largest, and those nearest the middle
 * between them. Models of unknown size are used only if no size is known, in the order given.
 */
export function chooseTiers<T extends Sized>(models: readonly T[], slots: number): T[] {
  const sized = models
    .filter(({ billions }) => billions !== undefined)
    .toSorted((a, b) => sizeOf(a) - sizeOf(b));
  const smallest = sized[0];
  const largest = sized.at(-1);
  if (smallest === undefined || largest === undefined) return models.slice(0, slots);
  if (slots < 2 || sizeOf(largest) < MIN_RATIO * sizeOf(smallest)) return [smallest];
  const middle = Math.sqrt(sizeOf(smallest) * sizeOf(largest));
  const farFromMiddle = (model: T): number => Math.abs(Math.log(sizeOf(model) / middle));
  const between = sized
    .filter(
      (model) =>
        sizeOf(model) >= MIN_RATIO * sizeOf(smallest) && sizeOf(largest) >= MIN_RATIO * sizeOf(model),
    )
    .toSorted((a, b) => farFromMiddle(a) - farFromMiddle(b))
    .slice(0, slots - 2)
    .toSorted((a, b) => sizeOf(a) - sizeOf(b));
  return [smallest, ...between, largest];
}
