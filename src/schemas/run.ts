import { DOES_NOT_FIT, FITS, JudgingStopped, type SchemaJudgement } from './judgement.ts';
import { INLINE, JUDGED } from './limits.ts';
import { fitsNode, type JudgingRun, type SchemaNode } from './schema-node.ts';

const outOfSteps = new JudgingStopped('outside', 'out of steps');

/**
 * Judges in the gateway's process; undefined where that takes more steps than it may.
 *
 * @param onSteps told how many steps it took.
 */
export function judgeInline(
  node: SchemaNode,
  value: unknown,
  onSteps?: (steps: number) => void,
): SchemaJudgement | undefined {
  const run: JudgingRun = {
    steps: 0,
    limit: INLINE.steps,
    atLimit: () => {
      throw outOfSteps;
    },
    depth: 0,
    maxDepth: INLINE.expandedDepth,
    known: undefined,
  };
  try {
    return fitsNode(node, value, run) ? FITS : DOES_NOT_FIT;
  } catch (error) {
    if (error === outOfSteps) return undefined;
    throw error;
  } finally {
    onSteps?.(run.steps);
  }
}

/** Steps between two looks at the clock: some hundred microseconds. */
const STEPS_A_LOOK = 10_000;

/**
 * Judges in the process of its own, which looks at the clock itself.
 *
 * @throws {JudgingStopped} `late` at the deadline, `too_large` where it is nested too deep.
 */
export function judgeUntil(node: SchemaNode, value: unknown, deadline: number, now: () => number): boolean {
  return fitsNode(node, value, {
    steps: 0,
    limit: STEPS_A_LOOK,
    atLimit(run) {
      if (now() >= deadline) throw new JudgingStopped('late');
      run.limit = run.steps + STEPS_A_LOOK;
    },
    depth: 0,
    maxDepth: JUDGED.depth,
    known: undefined,
  });
}
