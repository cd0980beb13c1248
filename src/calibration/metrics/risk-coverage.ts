import { scoredRows } from './scored.ts';
import type { Scored } from './scored.ts';

/** The loss if only the surest answers are served. */
export interface RiskCoverage {
  /**
   * Falling thresholds: serving what is predicted at least `threshold` serves a share `coverage` of rows, of
   * mean loss `risk`.
   */
  readonly points: readonly {
    readonly threshold: number;
    readonly coverage: number;
    readonly risk: number;
  }[];
  /**
   * The area under risk over coverage 0..1, ties served in random order: 0 best; a confidence that orders nothing has
   * the mean loss. Undefined without rows.
   */
  readonly area: number | undefined;
}

/**
 * The risk–coverage curve of a confidence (El-Yaniv & Wiener 2010; Geifman & El-Yaniv 2017): the loss of a
 * row is 1 − outcome. One point for each distinct prediction. The area is that of the continuous curve, where
 * the discrete mean over rows differs from it by the order of 1/rows.
 */
export function riskCoverage(scored: Scored): RiskCoverage {
  const rows = scoredRows(scored).toSorted((a, b) => b.predicted - a.predicted);
  const total = rows.reduce((sum, row) => sum + row.weight, 0);
  const points: { threshold: number; coverage: number; risk: number }[] = [];
  let area = 0;
  let served = 0;
  let lost = 0;
  for (let index = 0; index < rows.length;) {
    const threshold = rows[index]?.predicted ?? NaN;
    let mass = 0;
    let loss = 0;
    for (let row = rows[index]; row !== undefined && row.predicted === threshold; row = rows[++index]) {
      mass += row.weight;
      loss += row.weight * (1 - row.outcome);
    }
    const rate = loss / mass;
    // ∫ (lost + rate·(c − served))/c dc over this tie; the logarithm's factor is 0 at the very first.
    area += rate * mass + (served > 0 ? (lost - rate * served) * Math.log1p(mass / served) : 0);
    served += mass;
    lost += loss;
    points.push({ threshold, coverage: served / total, risk: lost / served });
  }
  return { points, area: total > 0 ? area / total : undefined };
}
