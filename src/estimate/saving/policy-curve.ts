import { createRandom, groupByCluster } from '../../calibration/fit/random.ts';
import { auroc } from '../../calibration/metrics/auroc.ts';
import { CROSS_FIT_FOLDS, foldRows } from '../../learning/fitting/cross-fit-ladder.ts';
import { solveLadder, type SolvedLadder } from '../../learning/fitting/solve-ladder.ts';
import type { LadderTable } from '../../learning/table/ladder-table.ts';

/** What policies of two tiers make of a sample. */
export interface PolicyCurve {
  /** How well the order in which they serve the small model's answers tells lost ones from the others: an AUROC. */
  area: number;
  /** What a policy costs that serves this share of the small model's answers ÷ always asking the large one. */
  costAt(share: number): number;
}

/** A path of policies, and the rows that it is tried on. */
interface Tried {
  solved: SolvedLadder;
  rows: readonly number[];
}

/**
 * The same policies twice: `heldOut` on rows that they were not fitted on, fitted on four fifths of so few that they do worse than
 * later ones will; `fitted` on the rows that they were fitted on, where they look better than they are. What more labels lead to lies
 * between the two.
 */
export interface PolicyCurves {
  heldOut: PolicyCurve;
  fitted: PolicyCurve;
}

/**
 * Fits policies on a sample as `weir tune` would, in folds and on all of it.
 * @param lost what serving the small model's answer loses, 0..1, a row each.
 * @throws {RangeError} if the large model's answers cost nothing.
 */
export function policyCurves(table: LadderTable, lost: readonly number[], seed: number): PolicyCurves {
  const rows = [...table.ids.keys()];
  const together = groupByCluster([...table.clusters]);
  const folds = foldRows(rows, together, createRandom(seed));
  const tried = folds.map(({ fit }, fold): Tried => {
    const heldOut = together.filter((_, cluster) => cluster % CROSS_FIT_FOLDS === fold).flat();
    return { solved: solveLadder(table, fit), rows: heldOut };
  });
  return {
    heldOut: curveOf(table, lost, tried),
    fitted: curveOf(table, lost, [{ solved: solveLadder(table, rows), rows }]),
  };
}

function curveOf(table: LadderTable, lost: readonly number[], tried: readonly Tried[]): PolicyCurve {
  const doubt = new Float64Array(table.count);
  const lastCost = table.answers.at(-1)?.cost;
  const points = tried[0]?.solved.parts.path.length ?? 0;
  /** Share of answers kept, and relative cost. */
  const curve: [kept: number, cost: number][] = [[0, 1]];
  for (let point = 0; point < points; point++) {
    let [kept, cost, always] = [0, 0, 0];
    for (const { solved, rows } of tried) {
      const { served, spent } = solved.walk(rows, point);
      for (const [index, row] of rows.entries()) {
        if (served[index] === 0) kept += 1;
        else doubt[row] = (doubt[row] ?? 0) + 1;
        cost += spent[index] ?? NaN;
        always += lastCost?.[row] ?? NaN;
      }
    }
    curve.push([kept / table.count, cost / always]);
  }
  curve.sort(([one], [other]) => one - other);
  return {
    area: auroc({ predicted: doubt, outcome: lost }) ?? 0.5,
    costAt: (share) => interpolate(curve, share),
  };
}

function interpolate(curve: readonly [number, number][], share: number): number {
  const next = curve.findIndex(([kept]) => kept >= share);
  const [after, before] = [curve[next], curve[next - 1]];
  if (after === undefined) {
    // Beyond the laxest policy every further answer that is kept saves a call of the large model.
    const [kept, cost] = curve.at(-1) ?? [0, 1];
    return cost - (share - kept);
  }
  if (before === undefined || after[0] === before[0]) return after[1];
  return before[1] + ((after[1] - before[1]) * (share - before[0])) / (after[0] - before[0]);
}
