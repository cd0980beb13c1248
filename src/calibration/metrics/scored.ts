/**
 * Predictions with their outcomes; all columns have the same length. Weights count rows: a row of weight 2 is the row twice.
 * Scale other weights (such as 1/propensity) to the effective size first, or intervals and debiasing assume more rows than
 * there were.
 */
export interface Scored {
  /** Predicted probability 0..1 of outcome 1; for ranking metrics any finite number that rises with it. */
  readonly predicted: ArrayLike<number>;
  /** 0 or 1, or graded between. */
  readonly outcome: ArrayLike<number>;
  /** ≥ 0; all 1 by default. */
  readonly weight?: ArrayLike<number>;
}

/** One scored row. */
export interface ScoredRow {
  readonly predicted: number;
  readonly outcome: number;
  readonly weight: number;
}

/**
 * The rows of positive weight, in order. Throws RangeError if the columns' lengths differ or a number is
 * not finite.
 */
export function scoredRows({ predicted, outcome, weight }: Scored): ScoredRow[] {
  if (outcome.length !== predicted.length || (weight !== undefined && weight.length !== predicted.length)) {
    throw new RangeError(
      `${predicted.length} predictions, ${outcome.length} outcomes, ${weight?.length ?? 'no'} weights`,
    );
  }
  const rows: ScoredRow[] = [];
  for (let index = 0; index < predicted.length; index++) {
    const row = {
      predicted: predicted[index] ?? NaN,
      outcome: outcome[index] ?? NaN,
      weight: weight ? (weight[index] ?? NaN) : 1,
    };
    if (!Number.isFinite(row.predicted)) throw new RangeError(`prediction ${index} is ${row.predicted}`);
    if (!(row.outcome >= 0 && row.outcome <= 1))
      throw new RangeError(`outcome ${index} is ${row.outcome}, not within 0..1`);
    if (!(row.weight >= 0 && row.weight < Infinity)) throw new RangeError(`weight ${index} is ${row.weight}`);
    if (row.weight > 0) rows.push(row);
  }
  return rows;
}
