import { defined } from '../../defined.ts';
import type { Interval } from '../../calibration/tests/interval.ts';
import { ratioInterval } from '../../calibration/tests/mean-interval.ts';
import { normalQuantile } from '../../calibration/fit/normal.ts';
import type { AuditAttempt, AuditRow } from '../../store/contract/learning-rows.ts';
import type { Decision } from '../../store/contract/store.ts';

/** What was spent, and what always asking the last tier would have cost, in dollars. */
export interface SavingEstimate {
  /** 1 − spent ÷ baseline; below 0, the route costs more than always asking the last tier. */
  share: number;
  /** Absent where the requests are too few, or too different, for one: it would reach beyond 1, which nothing can save. */
  interval?: Interval;
  /** Requests that the policy decided, of known cost. */
  requests: number;
  /** They are few: the share says little. */
  few: boolean;
  /** Requests whose headers kept them from some tiers: they are in no other figure. Absent where there are none. */
  narrowed?: { requests: number; share: number };
  /** Requests whose own cost or baseline is unknown; they are in none of the figures. */
  leftOut: number;
  /** Every call for the requests themselves, including answers that were not served and paid signals. */
  servingUsd: number;
  /** The further answers that audits asked for. */
  auditsUsd: number;
  judgesUsd: number;
  /** Measured where the last tier served; elsewhere its price for the same tokens, corrected by audits where there are enough. */
  baselineUsd: number;
  /** The least that the baseline can be, where nothing is known of the last tier's cache; absent where it is a point. */
  baselineLeastUsd?: number;
  /** Requests whose baseline was not measured. */
  baselineAssumed: number;
  /** Audits that corrected the baseline; absent where there were too few. */
  baselineAudits?: number;
}

interface AuditCost {
  audit: number;
  judge: number;
}

interface Spent extends AuditCost {
  serving: number;
  baseline: number;
  /** The least that the baseline can be. */
  least: number;
  /** The baseline is not the cost of a call of the last tier. */
  assumed: boolean;
}

/** With fewer requests, a share is said to be of few. */
const FEW_REQUESTS = 30;
/** From this many audits on, they correct what the last tier costs where it was not asked. */
const LEAST_AUDITS = 20;
/** If the cost of a larger share of the audits is unknown, the others may not be representative. */
const MOST_UNPRICED = 0.1;
const ERROR_CERTAINTY = 0.95;

/**
 * The interval is that of a ratio of sums over the requests, widened by the uncertainty of the last tier's costs; its lower
 * end counts the least baseline. Requests that their headers narrowed were not decided by the policy, and are said apart.
 * Undefined with fewer than two requests of known cost, and where the costs of many audits are unknown, because the saving
 * would look too high without them.
 * @param audited requests of the same policy, of any time.
 */
export function estimateSaving(
  decisions: readonly Decision[],
  { audited, lastTier, certainty }: { audited: readonly Decision[]; lastTier: string; certainty: number },
): SavingEstimate | undefined {
  const correction = correctionOf(audited, lastTier);
  const typical = typicalAudit(decisions);
  if (typical === undefined) return undefined;
  const rowsOf = (some: readonly Decision[]): Spent[] =>
    some
      .flatMap((decision) => spentOn(decision, typical) ?? [])
      .map((row) => (row.assumed ? corrected(row, correction?.factor ?? 1) : row));
  const own = decisions.filter((decision) => !isNarrowed(decision));
  const rows = rowsOf(own);
  const ratio = ratioOf(rows, ({ baseline }) => baseline, certainty);
  if (ratio === undefined) return undefined;
  const usd = (part: Exclude<keyof Spent, 'assumed'>): number =>
    rows.reduce((sum, row) => sum + row[part], 0) / 1e9;
  const [servingUsd, auditsUsd, judgesUsd, baselineUsd] = [
    usd('serving'),
    usd('audit'),
    usd('judge'),
    usd('baseline'),
  ];
  const share = 1 - (servingUsd + auditsUsd + judgesUsd) / baselineUsd;
  const assumed = rows.reduce((sum, row) => sum + (row.assumed ? row.baseline : 0), 0) / 1e9 / baselineUsd;
  const open = (1 - share) * assumed * (correction?.relativeError ?? 0) * normalQuantile((1 + certainty) / 2);
  const half = Math.hypot((ratio.upper - ratio.lower) / 2, open);
  const leastUsd = usd('least');
  const narrowed = rowsOf(decisions.filter(isNarrowed));
  const interval = {
    lower: share - half - (baselineUsd / leastUsd - 1) * (1 - share),
    upper: share + half,
  };
  return {
    share,
    ...(interval.upper > 1 ? {} : { interval }),
    ...defined({
      baselineAudits: correction?.audits,
      baselineLeastUsd: leastUsd < baselineUsd ? leastUsd : undefined,
      narrowed: narrowed.length === 0 ? undefined : { requests: narrowed.length, share: shareOf(narrowed) },
    }),
    requests: rows.length,
    few: rows.length < FEW_REQUESTS,
    leftOut: own.length - rows.length,
    servingUsd,
    auditsUsd,
    judgesUsd,
    baselineUsd,
    baselineAssumed: rows.filter((row) => row.assumed).length,
  };
}

function corrected(row: Spent, factor: number): Spent {
  return { ...row, baseline: row.baseline * factor, least: row.least * factor };
}

const allSpent = ({ serving, audit, judge }: Spent): number => serving + audit + judge;

function ratioOf(
  rows: readonly Spent[],
  under: (row: Spent) => number,
  certainty: number,
): Interval | undefined {
  return ratioInterval(rows.map(allSpent), rows.map(under), certainty);
}

function shareOf(rows: readonly Spent[]): number {
  const sum = (of: (row: Spent) => number): number => rows.reduce((total, row) => total + of(row), 0);
  return 1 - sum(allSpent) / sum(({ baseline }) => baseline);
}

/** Records from before `narrowed` say which tiers a request was allowed, and not by whom: a tool loop raises the lowest too. */
function isNarrowed({ outcome }: Decision): boolean {
  const { request } = JSON.parse(outcome.explanation) as { request?: { narrowed?: unknown } };
  return request?.narrowed === true;
}

/**
 * What the last tier costs ÷ its price for the tokens of the served answer, over audits that asked it where the request had
 * not, each weighted by 1 ÷ its propensity.
 */
function correctionOf(
  audited: readonly Decision[],
  lastTier: string,
): { factor: number; relativeError: number; audits: number } | undefined {
  const known = audited.flatMap(({ outcome, audit }) => {
    if (outcome.baselineMeasured || outcome.baselineNanoUsd === undefined || audit === undefined) return [];
    const actual = (JSON.parse(audit.attempts) as Partial<AuditAttempt>[]).find(
      ({ tier, paid, errorCode, cut }) =>
        tier === lastTier && paid !== true && errorCode === undefined && cut !== true,
    )?.costNanoUsd;
    const weight = 1 / audit.propensity;
    return actual === undefined ? [] : [[weight * actual, weight * outcome.baselineNanoUsd] as const];
  });
  if (known.length < LEAST_AUDITS) return undefined;
  const [actual, assumed] = [known.map(([first]) => first), known.map(([, second]) => second)];
  const interval = ratioInterval(actual, assumed, ERROR_CERTAINTY);
  if (interval === undefined) return undefined;
  const factor = (interval.lower + interval.upper) / 2;
  return {
    factor,
    relativeError: (interval.upper - interval.lower) / 2 / factor / normalQuantile((1 + ERROR_CERTAINTY) / 2),
    audits: known.length,
  };
}

/** @param typical taken for an audit of unknown cost. @returns undefined where the cost of the request is unknown. */
function spentOn({ outcome, audit }: Decision, typical: AuditCost): Spent | undefined {
  const { costNanoUsd, baselineNanoUsd } = outcome;
  if (costNanoUsd === undefined || baselineNanoUsd === undefined) return undefined;
  const further = audit === undefined ? { audit: 0, judge: 0 } : (auditCost(audit) ?? typical);
  return {
    serving: costNanoUsd,
    baseline: baselineNanoUsd,
    least: outcome.baselineLeastNanoUsd ?? baselineNanoUsd,
    assumed: !outcome.baselineMeasured,
    ...further,
  };
}

/**
 * The mean cost of an audit, over those of known cost; undefined where too many costs are unknown. An audit without any
 * answer does not count as unknown: it is no sign of a missing price, and cost less than most.
 */
function typicalAudit(decisions: readonly Decision[]): AuditCost | undefined {
  const costs = decisions.flatMap(({ audit }) => {
    if (audit === undefined) return [];
    const cost = auditCost(audit);
    return cost === undefined && !hasAnswer(audit.attempts) ? [] : [cost];
  });
  const known = costs.filter((cost) => cost !== undefined);
  if (costs.length - known.length > MOST_UNPRICED * costs.length) return undefined;
  const mean = (part: keyof AuditCost): number =>
    known.reduce((sum, cost) => sum + cost[part], 0) / Math.max(1, known.length);
  return { audit: mean('audit'), judge: mean('judge') };
}

/** Undefined where a model without a price was asked, or one that may have billed for a failed call. */
function auditCost({ costNanoUsd, judgeNanoUsd }: AuditRow): AuditCost | undefined {
  return costNanoUsd === undefined || judgeNanoUsd === undefined
    ? undefined
    : { audit: costNanoUsd, judge: judgeNanoUsd };
}

function hasAnswer(attempts: string): boolean {
  return (JSON.parse(attempts) as Partial<AuditAttempt>[]).some(({ errorCode }) => errorCode === undefined);
}
