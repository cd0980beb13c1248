import type { PathPoint } from '../../routing/rules/price-rule.ts';

/** A version keeps at most about this many points: enough to move to a stricter or a cheaper one. */
const MOST_POINTS = 16;

/**
 * Thins a path up to the point `until`. Kept are the point `at` and the one before it, so that a position between the two
 * stays what it was.
 * @returns the points, and the position of `at` among them, as a price rule's `place`.
 */
export function thinPath(
  path: readonly PathPoint[],
  at: number,
  until = at,
): { path: PathPoint[]; place: number } {
  const stride = Math.max(1, Math.ceil((until + 1) / MOST_POINTS));
  const kept = [...Array(until + 1).keys()].filter(
    (point) => point % stride === 0 || point === at || point === at - 1 || point === until,
  );
  return { path: kept.flatMap((point) => path[point] ?? []), place: kept.indexOf(at) };
}

/**
 * The position on a path, dearest point first, at which a random mix of two neighbours costs `budget`; 0 if the dearest
 * point is within it. `undefined` if every point costs more.
 */
export function positionForBudget(costs: readonly number[], budget: number): number | undefined {
  const within = costs.findIndex((cost) => cost <= budget);
  if (within < 0) return undefined;
  const [before, cost] = [costs[within - 1], costs[within]];
  if (before === undefined || cost === undefined) return 0;
  return within - (budget - cost) / (before - cost);
}
