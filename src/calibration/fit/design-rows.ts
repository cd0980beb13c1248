/** One row to learn from. */
export interface FitRow {
  /** The features, one number for each coefficient; for an intercept the caller adds a column of ones. */
  readonly x: ArrayLike<number>;
  /** The label: 0..1 for a logistic fit, any finite number for a linear one. */
  readonly y: number;
  /** How many rows this one counts for, ≥ 0; 1 by default. */
  readonly weight?: number;
}

/** A prior on the coefficients. */
export interface CoefficientPrior {
  /**
   * One number ≥ 0 for each coefficient: the fit adds ½·penalty·(coefficient − prior)². A prior worth n labels has
   * about n times the penalty of one label. 0 means no prior: then the rows must identify the coefficient,
   * see `unidentified` of the fit.
   */
  readonly penalty: readonly number[];
  /** The prior means; all 0 by default. */
  readonly prior?: readonly number[];
}

/** Rows, checked and laid out as columns of numbers for the loops. */
export interface Design {
  readonly count: number;
  readonly width: number;
  /** count × width, row after row. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly weight: Float64Array;
}

/**
 * Lays rows out for fitting; rows of weight 0 are left out. Throws RangeError naming the row where a feature,
 * a label or a weight is not a finite number, where a weight is negative, or where the number of features is
 * not `width`.
 */
export function packRows(rows: readonly FitRow[], width: number): Design {
  const kept = rows.filter((row, index) => checkRow(row, index, width) && row.weight !== 0);
  const x = new Float64Array(kept.length * width);
  kept.forEach((row, index) => x.set(row.x, index * width));
  return {
    count: kept.length,
    width,
    x,
    y: Float64Array.from(kept, (row) => row.y),
    weight: Float64Array.from(kept, (row) => row.weight ?? 1),
  };
}

function checkRow(row: FitRow, index: number, width: number): true {
  const { x, y, weight = 1 } = row;
  if (x.length !== width) throw new RangeError(`row ${index} has ${x.length} features, not ${width}`);
  for (let column = 0; column < width; column++) {
    if (!Number.isFinite(x[column])) throw new RangeError(`row ${index}: feature ${column} is ${x[column]}`);
  }
  if (!Number.isFinite(y)) throw new RangeError(`row ${index}: the label is ${y}`);
  if (!(Number.isFinite(weight) && weight >= 0))
    throw new RangeError(`row ${index}: the weight is ${weight}`);
  return true;
}

/** Throws RangeError if a label lies outside 0..1. */
export function requireUnitLabels(design: Design): void {
  const index = design.y.findIndex((y) => y < 0 || y > 1);
  if (index >= 0) throw new RangeError(`a label is ${design.y[index]}, not within 0..1`);
}

/**
 * Penalties and prior means, checked: throws RangeError if they are negative, not finite, or differ in
 * length.
 */
export function requirePrior({
  penalty,
  prior = penalty.map(() => 0),
}: CoefficientPrior): Required<CoefficientPrior> {
  if (prior.length !== penalty.length)
    throw new RangeError(`${prior.length} prior means for ${penalty.length} penalties`);
  penalty.forEach((value, index) => {
    if (!(Number.isFinite(value) && value >= 0)) throw new RangeError(`penalty ${index} is ${value}`);
  });
  prior.forEach((value, index) => {
    if (!Number.isFinite(value)) throw new RangeError(`prior mean ${index} is ${value}`);
  });
  return { penalty, prior };
}

/** A lower bound of the penalties, far below the information of one row; it keeps an unidentified coefficient at its prior. */
const RELATIVE_FLOOR = 1e-9;

/** The penalties to fit with: at least a tiny part of the column's own Σ weight·x². */
export function flooredPenalty(design: Design, penalty: readonly number[]): Float64Array {
  const { count, width, x, weight } = design;
  const squares = new Float64Array(width);
  for (let row = 0; row < count; row++) {
    for (let column = 0; column < width; column++) {
      squares[column] = (squares[column] ?? 0) + (weight[row] ?? 0) * (x[row * width + column] ?? 0) ** 2;
    }
  }
  return Float64Array.from(penalty, (value, column) =>
    Math.max(value, RELATIVE_FLOOR * (squares[column] || 1)),
  );
}

/**
 * The coefficients that neither rows nor prior identify: they had no penalty, and the lower bound makes up a hundredth or
 * more of the information about them. `variances` are those of the coefficients.
 */
export function unidentifiedCoefficients(
  penalty: readonly number[],
  floored: Float64Array,
  variances: readonly number[],
): number[] {
  return [...penalty.keys()].filter((index) => {
    const floor = floored[index] ?? 0;
    return (penalty[index] ?? 0) < floor && floor * (variances[index] ?? 0) > 0.01;
  });
}
