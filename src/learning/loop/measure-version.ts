import type { Version } from '../../routing/version.ts';
import { measureRows, type PolicyResult } from '../table/measure-rows.ts';
import type { LadderTable } from '../table/ladder-table.ts';
import { createWalker } from '../table/walk-rows.ts';

/** Measures a version's policy at one point of its path on rows of a table: what is lost, and what it costs. */
export type MeasureVersion = (version: Version, rows: readonly number[], point: number) => PolicyResult;

/** The same at the point that the version serves from. */
export function measureAsServed(
  measure: MeasureVersion,
  version: Version,
  rows: readonly number[],
): PolicyResult {
  return measure(version, rows, Math.floor(version.rule.place));
}

/** In place of the table row of a due audit that got no verdict. */
export const LOST = -1;

/** The same on due audits, of which some got no verdict: each of these counts as lost, whatever the policy would have done. */
export function measureWorst(
  measure: MeasureVersion,
  version: Version,
  rows: readonly number[],
  point: number,
): PolicyResult {
  const judged = rows.filter((row) => row !== LOST);
  const result = measure(version, judged, point);
  if (judged.length === rows.length) return result;
  let next = 0;
  return {
    ...result,
    losses: Float64Array.from(rows, (row) => (row === LOST ? 1 : (result.losses[next++] ?? NaN))),
  };
}

/** Keeps for each version what does not depend on the point. Throws RangeError if the path has no such point. */
export function createMeasureVersion(table: LadderTable): MeasureVersion {
  const walkers = new WeakMap<Version, ReturnType<typeof createWalker>>();
  return (version, rows, point) => {
    const { rule, confidenceModel } = version;
    const walk = walkers.get(version) ?? createWalker(table, rule, confidenceModel);
    walkers.set(version, walk);
    const at = rule.path[point];
    if (at === undefined) throw new RangeError(`there is no point ${point} on a path of ${rule.path.length}`);
    return measureRows(table, rows, walk(rows, at));
  };
}
