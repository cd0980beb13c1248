import type { Interval } from './interval.ts';
import type { RejectionRegion } from './paired-score.ts';
import { regionChance } from './region-chance.ts';
import type { RegionChance } from './region-chance.ts';

/** Bounds of a greatest chance. */
export interface ChanceBounds {
  /** The greatest that was found. */
  readonly least: number;
  /** The upper bound. */
  readonly bound: number;
}

interface Cell {
  readonly from: number;
  readonly to: number;
  readonly left: RegionChance;
  readonly right: RegionChance;
  /** No chance within the cell is greater. */
  readonly bound: number;
}

/** The first cut of the interval into cells. */
const CELLS = 8;

/**
 * The greatest chance f of a region over an interval of the discordance, from below and above, by branch and
 * bound: between two points f stays below the parabolas given by its values and slopes there and a bound on its
 * curvature; cells in which that bound is too high are halved. Ends when the bounds are within `slack` of each
 * other, or when `enough` is true.
 */
export function greatestChance(
  { region, pairs, margin }: { region: RejectionRegion; pairs: number; margin: number },
  { lower: from, upper: to }: Interval,
  slack: number,
  enough: (bounds: ChanceBounds) => boolean,
): ChanceBounds {
  const chanceAt = (discordance: number): RegionChance => regionChance(region, pairs, margin, discordance);
  const cellOf = (start: number, end: number, left: RegionChance, right: RegionChance): Cell => {
    const bound = peakBound(left, right, end - start, greatestCurvature(pairs, margin, start, end));
    return { from: start, to: end, left, right, bound };
  };

  let left = chanceAt(from);
  let least = left.value;
  let cells: Cell[] = [];
  for (let index = 0; index < (to > from ? CELLS : 0); index++) {
    const start = from + ((to - from) * index) / CELLS;
    const end = from + ((to - from) * (index + 1)) / CELLS;
    const right = chanceAt(end);
    least = Math.max(least, right.value);
    cells.push(cellOf(start, end, left, right));
    left = right;
  }
  for (;;) {
    const bound = cells.reduce((most, cell) => Math.max(most, cell.bound), least);
    if (bound - least <= slack || enough({ least, bound })) return { least, bound };
    const halves: Cell[] = [];
    for (const cell of cells) {
      if (cell.bound - least <= slack) {
        // Kept whole: it can no longer raise the bound by more than the slack.
        halves.push(cell);
        continue;
      }
      const middle = (cell.from + cell.to) / 2;
      const at = chanceAt(middle);
      least = Math.max(least, at.value);
      halves.push(cellOf(cell.from, middle, cell.left, at), cellOf(middle, cell.to, at, cell.right));
    }
    cells = halves;
  }
}

/**
 * A bound on the second derivative of a region's chance with respect to the discordance π, within a cell. With S the
 * score of the sample, f″ = E[1(S² + S′)] ≤ E S², the Fisher information, as S′ < 0; and f″ is ¼·pairs·(pairs − 1)
 * times a second difference of the region's indicator, which is at most 3. The information is convex in π: it
 * is greatest at an end.
 */
function greatestCurvature(pairs: number, margin: number, from: number, to: number): number {
  const information = (discordance: number): number =>
    pairs * (0.5 / (discordance + margin) + 0.5 / (discordance - margin) + 1 / (1 - discordance));
  return Math.min(0.75 * pairs * pairs, Math.max(information(from), information(to)));
}

/** The highest point below both parabolas, from the left end and from the right one. They cross at most once. */
function peakBound(left: RegionChance, right: RegionChance, width: number, curvature: number): number {
  const fromLeft = (at: number): number => left.value + left.slope * at + 0.5 * curvature * at * at;
  const gapAtStart = left.value - (right.value - right.slope * width + 0.5 * curvature * width * width);
  const gapSlope = left.slope - right.slope + curvature * width;
  const crossing = gapSlope === 0 ? 0 : Math.min(width, Math.max(0, -gapAtStart / gapSlope));
  return Math.max(left.value, right.value, fromLeft(crossing));
}
