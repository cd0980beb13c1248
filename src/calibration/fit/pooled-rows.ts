import { packRows, requirePrior } from './design-rows.ts';
import type { CoefficientPrior, Design, FitRow } from './design-rows.ts';

/** A row that belongs to a group: a topic, a route, a tenant. */
export interface PooledRow extends FitRow {
  readonly group: string;
}

/** A prior on the shared coefficients, and on how far a group deviates from them. */
export interface PooledPrior extends CoefficientPrior {
  /**
   * One number > 0 for each column: the penalty on a group's deviation from the shared coefficient. Infinity: no
   * deviation.
   */
  readonly groupPenalty: readonly number[];
}

/** Rows laid out group after group. */
export interface PooledDesign extends Design {
  /** The groups' names, in order of first appearance. */
  readonly groups: readonly string[];
  /** Group h has the rows from starts[h] up to starts[h + 1]. */
  readonly starts: readonly number[];
  /** The columns on which groups may differ. */
  readonly varying: readonly number[];
  /** The penalties of those columns. */
  readonly deviationPenalty: readonly number[];
}

/**
 * Checks the prior and lays the rows out. Throws RangeError if either is malformed, see `packRows` and
 * `requirePrior`.
 */
export function packPooledRows(
  rows: readonly PooledRow[],
  options: PooledPrior,
): PooledDesign & Required<CoefficientPrior> {
  const { penalty, prior } = requirePrior(options);
  const { groupPenalty } = options;
  if (groupPenalty.length !== penalty.length) {
    throw new RangeError(`${groupPenalty.length} group penalties for ${penalty.length} penalties`);
  }
  groupPenalty.forEach((value, index) => {
    if (!(value > 0)) throw new RangeError(`group penalty ${index} is ${value}`);
  });
  const byGroup = Map.groupBy(
    rows.filter((row) => row.weight !== 0),
    (row) => row.group,
  );
  const members = [...byGroup.values()];
  const starts = [0];
  for (const group of members) starts.push((starts.at(-1) ?? 0) + group.length);
  const varying = [...groupPenalty.keys()].filter((column) => groupPenalty[column] !== Infinity);
  return {
    ...packRows(members.flat(), penalty.length),
    groups: [...byGroup.keys()],
    starts,
    varying,
    deviationPenalty: varying.map((column) => groupPenalty[column] ?? NaN),
    penalty,
    prior,
  };
}
