/** What a route that observes would have saved and lost, had its policy decided: figures of its audits. Pure; unknown ones are absent. */
import { wilsonInterval, type Estimate, type Interval } from '../../calibration/tests/interval.ts';
import { ratioInterval } from '../../calibration/tests/mean-interval.ts';
import { defined } from '../../defined.ts';
import { toTrace } from '../../recordings/history.ts';
import { replayOne } from '../../recordings/replay.ts';
import type { ConfidenceModel } from '../../routing/confidence/confidence.ts';
import type { Policy } from '../../routing/policy.ts';
import type { Trace } from '../../traces/trace.ts';
import { readSameness } from '../labels/sameness-of-tiers.ts';
import { fittedOnSources } from '../labels/sources/sources.ts';
import { estimateLoss, type LossEstimate } from './estimate-loss.ts';
import type { AuditedDecision } from './route-history.ts';

/** Whether answers say the same as the last tier's: that needs no verdict. */
export interface Agreement {
  audits: number;
  /** The share that certainly says the same, with its 95 % interval. */
  same: Estimate;
  /** Shares of the audits, too: what certainly says something else, and what is neither for certain. */
  different: number;
  unknown: number;
}

/** What would have come of answers that were observed, against the last tier's. */
export interface WouldHave {
  agreement?: Agreement;
  /** Against what the last tier cost on the same requests, without the cost of audits. */
  saved?: { share: number; interval?: Interval };
  /** By verdicts; absent until there are some. */
  lost?: LossEstimate;
}

/** What decides, or would. */
export interface DecidingPolicy {
  policy: Policy;
  model: ConfidenceModel;
  /** Hash of the version in force; absent where a rule of the configuration decides. */
  version?: string;
  /** Number of the last audit before it was put in force. */
  after: number;
}

export interface ObservedFigures {
  /** Of the newest requests: those that the policy decided, and those that the last tier alone answered. */
  requests: { decided: number; observed: number };
  /** Audits with an answer of every tier since traffic last changed. */
  audits: number;
  /** What audits of observed requests have cost, as far as is known, in US dollars. */
  auditsUsd: number;
  /** Had one tier answered everything, the cheapest first. */
  tiers: (WouldHave & { tier: string })[];
  /** Had the policy decided everything; absent where no version is in force and no rule of the configuration decides. */
  policy?: WouldHave & { version?: string; audits: number; servedBy: Readonly<Record<string, number>> };
}

export interface ObservedFiguresOptions {
  /** Names of the route's tiers. */
  tiers: readonly string[];
  /** Number of the last audit before traffic last changed. */
  after: number;
  deciding?: DecidingPolicy;
}

/** Fewer audits give no figure. */
const LEAST_AUDITS = 5;
const CERTAINTY = 0.95;

/** @param recent consecutive requests, the newest last. */
export function observedFigures(
  { recent, audited }: { recent: readonly AuditedDecision['outcome'][]; audited: readonly AuditedDecision[] },
  { tiers, after, deciding }: ObservedFiguresOptions,
): ObservedFigures {
  const observed = recent.filter(isObserved).length;
  const since = audited.filter(({ number }) => number > after);
  const answered = since.flatMap((decision) => answersOf(decision, tiers));
  const costs = audited.filter(({ outcome }) => isObserved(outcome)).map(({ audit }) => audit);
  return {
    requests: { decided: recent.length - observed, observed },
    audits: answered.length,
    auditsUsd:
      costs.reduce((sum, audit) => sum + (audit?.costNanoUsd ?? 0) + (audit?.judgeNanoUsd ?? 0), 0) / 1e9,
    tiers: tiers.slice(0, -1).map((tier) => ({
      tier,
      ...wouldHave(
        answered.map((each) => ({ ...each, served: tier, costNanoUsd: costOf(each, tier) })),
        since,
        tiers,
      ),
    })),
    ...defined({ policy: deciding && policyFigures(deciding, since, tiers) }),
  };
}

/** Whether the last tier alone answered a request. */
export function isObserved({ explanation }: Pick<AuditedDecision['outcome'], 'explanation'>): boolean {
  // Most say nothing of it: those are not parsed.
  return (
    explanation.includes('"observed":') &&
    (JSON.parse(explanation) as { observed?: object }).observed !== undefined
  );
}

/** An audit with an answer of every tier. */
interface Answered {
  decision: AuditedDecision;
  trace: Trace;
}

/** What would have been served of it, and what that would have cost. */
interface Served extends Answered {
  served: string;
  costNanoUsd?: number | undefined;
}

function answersOf(decision: AuditedDecision, tiers: readonly string[]): Answered[] {
  if (decision.audit?.complete !== true) return [];
  // The history has a hash in the place of a prompt.
  const { prompt: _, ...outcome } = decision.outcome;
  const kept = toTrace({ ...decision, outcome }, fittedOnSources());
  const trace = kept && withoutTexts(kept);
  return trace === undefined || tiers.some((tier) => trace.attempts[tier] === undefined)
    ? []
    : [{ decision, trace }];
}

function costOf({ trace }: Answered, tier: string): number | undefined {
  const usd = trace.attempts[tier]?.costUsd;
  return usd === undefined ? undefined : usd * 1e9;
}

/** @param all the same audits, and those that lack an answer: these count as lost. */
function wouldHave(
  rows: readonly Served[],
  all: readonly AuditedDecision[],
  tiers: readonly string[],
): WouldHave {
  if (rows.length < LEAST_AUDITS) return {};
  const lastTier = tiers.at(-1) ?? '';
  const served = new Map(rows.map((row) => [row.decision.outcome.id, row.served]));
  return defined({
    agreement: agreementOf(rows, lastTier),
    saved: savedOf(rows, lastTier),
    lost: estimateLoss(
      all.map((decision) => {
        const { outcome } = decision;
        return { ...decision, outcome: { ...outcome, tier: served.get(outcome.id) ?? tiers[0] ?? '' } };
      }),
      { lastTier, certainty: CERTAINTY },
    ),
  });
}

function agreementOf(rows: readonly Served[], lastTier: string): Agreement | undefined {
  const known = rows.flatMap(({ decision: { audit }, served }) => {
    const found = served === lastTier ? 'same' : readSameness(audit?.sameness)[served];
    return audit === undefined || found === undefined ? [] : [{ found, weight: 1 / audit.propensity }];
  });
  if (known.length < LEAST_AUDITS) return undefined;
  const sum = (some: typeof known): number => some.reduce((total, { weight }) => total + weight, 0);
  const share = (wanted: string): number => sum(known.filter(({ found }) => found === wanted)) / sum(known);
  const effective = sum(known) ** 2 / known.reduce((total, { weight }) => total + weight ** 2, 0);
  const value = share('same');
  return {
    audits: known.length,
    same: { value, ...wilsonInterval(value, effective, CERTAINTY) },
    different: share('different'),
    unknown: share('unknown'),
  };
}

/** Where a cost is not known, nothing is said of the others. */
function savedOf(rows: readonly Served[], lastTier: string): WouldHave['saved'] {
  const spent: number[] = [];
  const always: number[] = [];
  for (const row of rows) {
    const last = costOf(row, lastTier);
    if (row.costNanoUsd === undefined || last === undefined) return undefined;
    const weight = 1 / (row.decision.audit?.propensity ?? 1);
    spent.push(weight * row.costNanoUsd);
    always.push(weight * last);
  }
  const total = (of: readonly number[]): number => of.reduce((sum, each) => sum + each, 0);
  if (!(total(always) > 0)) return undefined;
  const ratio = ratioInterval(spent, always, CERTAINTY);
  const interval = ratio && { lower: 1 - ratio.upper, upper: 1 - ratio.lower };
  // Beyond 1 nothing can be saved: then the requests are too few, or too different.
  const isSound = interval !== undefined && interval.upper <= 1;
  return { share: 1 - total(spent) / total(always), ...(isSound ? { interval } : {}) };
}

function policyFigures(
  { policy, model, version, after }: DecidingPolicy,
  since: readonly AuditedDecision[],
  tiers: readonly string[],
): ObservedFigures['policy'] {
  const own = since.filter(({ number }) => number > after);
  const rows = own
    .flatMap((decision) => answersOf(decision, tiers))
    .map(({ decision, trace }): Served => {
      const { outcome, costNanoUsd } = replayOne(policy, model, trace);
      const served = outcome.served === undefined ? undefined : tiers[outcome.served.tier];
      return { decision, trace, costNanoUsd, served: served ?? tiers.at(-1) ?? '' };
    });
  const servedBy = Object.fromEntries(
    tiers.map((tier) => [
      tier,
      rows.filter(({ served }) => served === tier).length / Math.max(1, rows.length),
    ]),
  );
  return { audits: rows.length, servedBy, ...defined({ version }), ...wouldHave(rows, own, tiers) };
}

/** The signals and failed checks of the answers are in the record. Their texts were not kept, or were left out of the history: no check may judge them. */
function withoutTexts(trace: Trace): Trace {
  const attempts = Object.entries(trace.attempts).map(([tier, { answer: _, ...attempt }]) => [tier, attempt]);
  return { ...trace, attempts: Object.fromEntries(attempts) as Trace['attempts'] };
}
