/** How far a walk came. */
export interface FixedSequenceWalk {
  /** How many hypotheses passed: the first so many are certified together. */
  readonly passed: number;
  /** The p-values that were worked out: those that passed, and the one that failed if one did. */
  readonly pValues: readonly number[];
}

/**
 * Fixed-sequence testing: hypotheses are tested one after the other at the full level, each p-value worked
 * out only when its turn comes, until the first that exceeds it. The chance that any true null hypothesis
 * passes is at most `level` (Maurer, Hothorn & Lehmacher 1995; Angelopoulos et al. 2021, Learn then Test), if
 * the order was fixed before the data behind the p-values were seen. Throws RangeError where a p-value is not
 * a number.
 */
export function walkFixedSequence(tests: Iterable<() => number>, level: number): FixedSequenceWalk {
  const pValues: number[] = [];
  let passed = 0;
  for (const test of tests) {
    const p = test();
    if (Number.isNaN(p)) throw new RangeError(`the p-value of hypothesis ${passed} is not a number`);
    pValues.push(p);
    if (p > level) break;
    passed++;
  }
  return { passed, pValues };
}

/**
 * The level at which the k-th candidate of a route is tested, k ≥ 1, failures counted: level/(k(k + 1)). Over
 * any number of candidates these sum to at most `level`.
 */
export function levelOfAttempt(level: number, attempt: number): number {
  if (!(Number.isInteger(attempt) && attempt >= 1)) throw new RangeError(`attempt ${attempt}`);
  return level / (attempt * (attempt + 1));
}
