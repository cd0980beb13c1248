import type { PathPoint } from '../../routing/rules/price-rule.ts';

/** A version keeps at most about so many points: enough to step to a stricter or a cheaper one. */
const MOST_POINTS = 16;

/**
 * Fewer points of a path up to `until`, the point at `at` and its neighbour before it among them, so that a place between
 * the two stays what it was.
 * @returns the points, and where `at` is among them.
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
 * The place on a path, dearest point first, at which a random mix of two neighbours costs `budget`; 0 where the dearest is
 * within it. `undefined` where every point costs more.
 */
export function positionForBudget(costs: readonly number[], budget: number): number | undefined {
  const within = costs.findIndex((cost) => cost <= budget);
  if (within < 0) return undefined;
  const [before, cost] = [costs[within - 1], costs[within]];
  if (before === undefined || cost === undefined) return 0;
  return within - (budget - cost) / (before - cost);
}
