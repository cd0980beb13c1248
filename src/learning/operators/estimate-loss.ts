import { defined } from '../../defined.ts';
import type { Interval } from '../../calibration/tests/interval.ts';
import { normalProbability, normalQuantile } from '../../calibration/fit/normal.ts';
import { predictionPoweredMean, type PredictedRow } from '../../calibration/tests/prediction-powered.ts';
import type { Decision } from '../../store/contract/store.ts';
import { comparedLoss, trueLoss } from './answer-loss.ts';
import { reviewDraw } from '../labels/sources/operator.ts';

/** The mean loss of the served answer against the last tier's, over the requests that can be audited. */
export interface LossEstimate {
  /** −1..1; above 0, the last tier would have answered better. */
  estimate: number;
  interval: Interval;
  /** Audited requests with verdicts, those that the last tier served among them. */
  audits: number;
  /** Audits that have a verdict by comparison and one of an operator or a reference. */
  checked: number;
  /** Audits that count as lost because a source was asked in vain or a tier did not answer, and their share of the loss; absent where there are none. */
  unjudged?: { audits: number; share: number };
  /** The verdicts by comparison were corrected by the checked ones; otherwise they are taken as they are. */
  corrected: boolean;
  /** The chance that the true loss exceeds what is promised; absent where nothing is promised. */
  violationRisk?: number;
}

export interface LossOptions {
  lastTier: string;
  maxLoss?: number;
  /** Two-sided. */
  certainty: number;
}

/** With fewer checked audits than this, a correction would add more noise than it removes. */
const LEAST_CHECKED = 20;

type Kind = 'last' | 'cheap' | 'good' | 'unjudged';

interface LossRow extends PredictedRow {
  weight: number;
  kind: Kind;
}

/**
 * Audits weigh 1 ÷ their propensity. What the last tier served lost nothing. What got no verdict though a
 * source was asked, or lacks an answer, counts as lost. Of the others, those with a verdict by
 * comparison (cheap: a judge's or agreement's) and those with a verdict on the truth alone (good: an operator's or a
 * reference's) are estimated apart and combined by weight; the former by prediction-powered inference, where enough of them
 * were checked. Operators' verdicts count only on requests that a coin drew for the review; references count as if they were
 * known for random questions. Each part's variance includes what one further row at an end would add, so that few audits
 * without a loss do not look certain. The violation risk is the share beyond the promise of the normal distribution around
 * the estimate without gains, with its standard error. Undefined where no answer of an earlier tier has a verdict.
 */
export function estimateLoss(decisions: readonly Decision[], options: LossOptions): LossEstimate | undefined {
  const { lastTier, maxLoss, certainty } = options;
  const rows = decisions.flatMap((decision) => rowOf(decision, lastTier) ?? []);
  const early = rows.filter(({ kind }) => kind !== 'last');
  const unjudged = early.filter(({ kind }) => kind === 'unjudged');
  if (early.length === unjudged.length) return undefined;
  const cheap = early.filter(({ kind }) => kind === 'cheap');
  const checked = cheap.filter(({ good }) => good !== undefined).length;
  const corrected = checked >= LEAST_CHECKED;
  const { mean, variance } = meanOf(rows, corrected);
  const error = Math.sqrt(variance);
  const weight = (some: readonly LossRow[]): number => sumOf(some, (row) => row.weight);
  const half = normalQuantile((1 + certainty) / 2) * error;
  return {
    estimate: mean,
    interval: { lower: Math.max(-1, mean - half), upper: Math.min(1, mean + half) },
    audits: rows.length,
    checked,
    corrected,
    ...defined({
      unjudged:
        unjudged.length === 0
          ? undefined
          : { audits: unjudged.length, share: weight(unjudged) / weight(rows) },
      violationRisk: maxLoss === undefined ? undefined : riskOf(rows, corrected, maxLoss),
    }),
  };
}

/** The chance that more is lost than is promised. A promise counts no gains, so they make up for nothing here either. */
function riskOf(rows: readonly LossRow[], corrected: boolean, maxLoss: number): number {
  const lost = rows.map(({ good, cheap, ...row }) => ({
    ...row,
    cheap: Math.max(0, cheap),
    ...(good === undefined ? {} : { good: Math.max(0, good) }),
  }));
  const { mean, variance } = meanOf(lost, corrected);
  return 1 - normalProbability((maxLoss - mean) / Math.sqrt(variance));
}

function meanOf(rows: readonly LossRow[], corrected: boolean): { mean: number; variance: number } {
  const cheap = rows.filter(({ kind }) => kind === 'cheap');
  return together([
    { rows: rows.filter(({ kind }) => kind === 'last'), mean: 0, variance: 0 },
    { rows: rows.filter(({ kind }) => kind === 'unjudged'), mean: 1, variance: 0 },
    partOf(rows.filter(({ kind }) => kind === 'good')),
    partOf(corrected ? cheap : cheap.map((row) => ({ ...row, good: row.good ?? row.cheap }))),
  ]);
}

function rowOf(decision: Decision, lastTier: string): LossRow | undefined {
  const { outcome, audit } = decision;
  if (audit === undefined || outcome.tier === undefined) return undefined;
  const weight = 1 / audit.propensity;
  if (outcome.tier === lastTier) return { kind: 'last', cheap: 0, weight };
  const unjudged: LossRow = { kind: 'unjudged', cheap: 1, weight };
  if (!audit.complete) return unjudged;
  const chosen = reviewDraw(outcome.id, audit.reviewCoin) !== undefined;
  const good = trueLoss(decision, outcome.tier, lastTier, { chosen });
  const cheap = comparedLoss(decision, outcome.tier, lastTier);
  if (cheap === undefined) {
    // Where a source was asked in vain, what nobody judges counts as lost: choosing what to look at gains nothing.
    const isAsked = audit.problem !== undefined;
    const only = good ?? (isAsked ? trueLoss(decision, outcome.tier, lastTier, { chosen: true }) : undefined);
    if (only !== undefined) return { kind: 'good', cheap: only, good: only, weight };
    return isAsked ? unjudged : undefined;
  }
  return { kind: 'cheap', cheap, weight, ...defined({ good }) };
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
  // One row alone has no spread, so take all of −1..1.
  return { rows, mean, variance: (found?.error ?? 1) ** 2 + (effective + 2) ** -2 };
}

/** The mean over all parts. The share of each part is an estimate too, so it adds to the variance. */
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
