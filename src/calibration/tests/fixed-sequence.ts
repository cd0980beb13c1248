/** How far a walk got. */
export interface FixedSequenceWalk {
  /** How many hypotheses passed, from the first on; they are certified together. */
  readonly passed: number;
  /** The p-values that were computed: of the hypotheses that passed, and of the one that failed, if any. */
  readonly pValues: readonly number[];
}

/**
 * Fixed-sequence testing: hypotheses are tested one after the other at the full level, each p-value computed
 * only when its turn comes, until the first that exceeds it. The chance that any true null hypothesis
 * passes is at most `level` (Maurer, Hothorn & Lehmacher 1995; Angelopoulos et al. 2021, Learn then Test), if
 * the order was fixed before the data behind the p-values were seen. Throws RangeError if a p-value is not
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
 * The level of the k-th test of a route, k ≥ 1, failed tests included: level/(k(k + 1)). Over
 * any number of tests these sum to at most `level`.
 */
export function levelOfAttempt(level: number, attempt: number): number {
  if (!(Number.isInteger(attempt) && attempt >= 1)) throw new RangeError(`attempt ${attempt}`);
  return level / (attempt * (attempt + 1));
}
