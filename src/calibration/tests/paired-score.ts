/** What a policy did on n pairs of right-or-wrong scores. */
export interface PairedCounts {
  /** Pairs in which the last tier is right and the served answer wrong. */
  readonly worse: number;
  /** Pairs in which the served answer is right and the last tier wrong. */
  readonly better: number;
  /** All pairs. */
  readonly pairs: number;
}

/** Score statistics closer than this are equal. */
const TIE = 1e-9;

/**
 * Tango's score statistic for a difference of matched proportions (Tango 1998): the loss (worse −
 * better)/pairs minus the margin, over its standard error if the loss equals the margin. The lower, the
 * better for the policy.
 */
export function tangoScore(worse: number, better: number, pairs: number, margin: number): number {
  const linear = (worse + better) * (1 - margin) + 2 * worse * margin - 2 * pairs * margin;
  const root = Math.sqrt(linear * linear + 8 * pairs * better * margin * (1 - margin));
  // The root without cancellation; the other follows from the product of the two.
  const chance =
    linear >= 0 ? (linear + root) / (4 * pairs) : (2 * better * margin * (1 - margin)) / (root - linear);
  return (worse - better - pairs * margin) / Math.sqrt(pairs * (2 * chance + margin - margin * margin));
}

/**
 * The outcomes that favour a policy at least as much as the observed one: for each m discordant pairs, `worse` is at most a
 * limit.
 */
export interface RejectionRegion {
  readonly first: number;
  readonly last: number;
  /**
   * The greatest `worse` within the region at m = first, first + 1, …, last discordant pairs; −1 for none.
   */
  readonly limits: Int32Array;
}

/**
 * The region of scores at or below `score`, for m from `first` to `last`. The score rises with `worse` at
 * fixed m, at fixed `better`, and falls with `better`: so from m to m + 1 the limit stays or rises by 1.
 */
export function rejectionRegion(
  score: number,
  pairs: number,
  margin: number,
  first: number,
  last: number,
): RejectionRegion {
  const within = (worse: number, discordant: number): boolean =>
    tangoScore(worse, discordant - worse, pairs, margin) <= score + TIE;
  let low = -1;
  let high = first;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (within(middle, first)) low = middle;
    else high = middle - 1;
  }
  const limits = new Int32Array(last - first + 1);
  limits[0] = low;
  for (let m = first + 1; m <= last; m++) {
    if (within(low + 1, m)) low++;
    limits[m - first] = low;
  }
  return { first, last, limits };
}
