import type { Interval } from '../../calibration/tests/interval.ts';
import { normalProbability, normalQuantile } from '../../calibration/fit/normal.ts';
import { predictionPoweredMean, type PredictedRow } from '../../calibration/tests/prediction-powered.ts';
import type { Decision } from '../../store/contract/store.ts';
import { comparedLoss, trueLoss } from './answer-loss.ts';
import { reviewDraw } from '../labels/sources/operator.ts';

/** Mean of what the served answer lost against the last tier's, over the requests that can be audited. */
export interface LossEstimate {
  /** −1..1; above 0: the last tier would have answered better. */
  estimate: number;
  interval: Interval;
  /** Audited requests with verdicts, those that the last tier served among them. */
  audits: number;
  /** Audits whose cheap verdict stands beside one of an operator or a reference. */
  checked: number;
  /** The cheap verdicts were corrected by these; otherwise they are taken for true. */
  corrected: boolean;
  /** The chance that the true loss is beyond what is promised; absent where nothing is promised. */
  violationRisk?: number;
}

export interface LossOptions {
  lastTier: string;
  maxLoss?: number;
  /** Two-sided. */
  certainty: number;
}

/** With fewer good verdicts beside cheap ones, correcting would blur more than it mends. */
const LEAST_CHECKED = 20;

type Kind = 'last' | 'cheap' | 'good';

interface LossRow extends PredictedRow {
  weight: number;
  kind: Kind;
}

/**
 * Audits weigh 1 ÷ their propensity. What the last tier served lost nothing. Among the others, those with a judge's or
 * an agreement's verdict and those with none but a good one are estimated apart and put together by their weight; the
 * first by prediction-powered inference, where enough of them were checked. An operator's word counts on requests that a
 * coin drew for the review alone; references count as if they were known of random questions. To each part's variance
 * comes what one row at an end, more than were seen, would add, so that few audits without a loss do not look certain. The
 * violation's risk is the part beyond the promise of the normal distribution that the estimate and
 * its standard error span. Undefined where no answer of an earlier tier has a verdict.
 */
export function estimateLoss(decisions: readonly Decision[], options: LossOptions): LossEstimate | undefined {
  const { lastTier, maxLoss, certainty } = options;
  const rows = decisions.flatMap((decision) => rowOf(decision, lastTier) ?? []);
  const early = rows.filter(({ kind }) => kind !== 'last');
  if (early.length === 0) return undefined;
  const cheap = early.filter(({ kind }) => kind === 'cheap');
  const checked = cheap.filter(({ good }) => good !== undefined).length;
  const corrected = checked >= LEAST_CHECKED;
  const parts = [
    { rows: rows.filter(({ kind }) => kind === 'last'), mean: 0, variance: 0 },
    partOf(early.filter(({ kind }) => kind === 'good')),
    partOf(corrected ? cheap : cheap.map((row) => ({ ...row, good: row.good ?? row.cheap }))),
  ];
  const { mean, variance } = together(parts);
  const error = Math.sqrt(variance);
  const half = normalQuantile((1 + certainty) / 2) * error;
  return {
    estimate: mean,
    interval: { lower: Math.max(-1, mean - half), upper: Math.min(1, mean + half) },
    audits: rows.length,
    checked,
    corrected,
    ...(maxLoss === undefined ? {} : { violationRisk: 1 - normalProbability((maxLoss - mean) / error) }),
  };
}

function rowOf(decision: Decision, lastTier: string): LossRow | undefined {
  const { outcome, audit } = decision;
  if (audit?.complete !== true || outcome.tier === undefined) return undefined;
  const weight = 1 / audit.propensity;
  if (outcome.tier === lastTier) return { kind: 'last', cheap: 0, weight };
  const chosen = reviewDraw(outcome.id) !== undefined;
  const good = trueLoss(decision, outcome.tier, lastTier, { chosen });
  const cheap = comparedLoss(decision, outcome.tier, lastTier);
  if (cheap === undefined)
    return good === undefined ? undefined : { kind: 'good', cheap: good, good, weight };
  return { kind: 'cheap', cheap, weight, ...(good === undefined ? {} : { good }) };
}

interface Part {
  rows: readonly LossRow[];
  mean: number;
  variance: number;
}

function partOf(rows: readonly LossRow[]): Part {
  const known = rows.filter(({ good }) => good !== undefined);
  const [first] = known;
  if (first === undefined) return { rows, mean: 0, variance: 0 };
  const effective = sumOf(known, (row) => row.weight) ** 2 / sumOf(known, (row) => row.weight ** 2);
  const found = predictionPoweredMean(rows);
  const mean = found?.estimate ?? first.good ?? Number.NaN;
  // Of one row nothing tells how far from others it may be: all of −1..1.
  return { rows, mean, variance: (found?.error ?? 1) ** 2 + (effective + 2) ** -2 };
}

/** The mean over all parts; how large each is was drawn as well. */
function together(parts: readonly Part[]): { mean: number; variance: number } {
  const all = parts.flatMap(({ rows }) => rows);
  const total = sumOf(all, (row) => row.weight);
  const effective = total ** 2 / sumOf(all, (row) => row.weight ** 2);
  const shares = parts.map(({ rows }) => sumOf(rows, (row) => row.weight) / total);
  const of = (value: (part: Part) => number): number =>
    parts.reduce((sum, part, index) => sum + value(part) * (shares[index] ?? 0), 0);
  const mean = of((part) => part.mean);
  const within = parts.reduce((sum, part, index) => sum + part.variance * (shares[index] ?? 0) ** 2, 0);
  return { mean, variance: within + of((part) => (part.mean - mean) ** 2) / effective };
}

function sumOf(rows: readonly LossRow[], value: (row: LossRow) => number): number {
  return rows.reduce((sum, row) => sum + value(row), 0);
}
