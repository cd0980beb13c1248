import type { Signals } from '../../routing/attempt.ts';
import { fitsContext } from '../../routing/tier-obstacle.ts';
import type { Expectations } from '../../routing/checks.ts';
import type { Tier } from '../../routing/policy.ts';
import { traceMessages, type Trace, type TraceAttempt } from '../../traces/trace.ts';
import { buyable, requestView, toAttempt } from '../../recordings/replay-attempt.ts';

/** What each question's answer of one tier was; one entry a row. */
export interface TierColumns {
  /** Free signals, request features not included. */
  signals: readonly Signals[];
  /** Paid signals; `undefined` where none were recorded. */
  paid: readonly (Signals | undefined)[];
  /** 0..1; NaN where nobody scored it. */
  score: Float64Array;
  /** Nano-dollars. */
  cost: Float64Array;
  /** Nano-dollars on top; NaN where there are no paid signals, or nobody knows. */
  paidCost: Float64Array;
  /** How many checks fail: with any the answer is not accepted, whatever the confidence. */
  failedChecks: Uint8Array;
}

/** With fewer questions than this nothing is fitted: they tell nothing. */
export const LEAST_ROWS = 20;

/** Recorded questions as columns: what a ladder's policy is fitted and judged on. */
export interface LadderTable {
  tiers: readonly string[];
  count: number;
  ids: readonly string[];
  groups: readonly string[];
  /** Rows of one number belong together: a conversation, or the same prompt. */
  clusters: Uint32Array;
  features: readonly Signals[];
  answers: readonly TierColumns[];
  /** Whether the last tier's answers have scores; where none has, it counts as right. */
  lastLabelled: boolean;
  traces: readonly Trace[];
}

/** The work of a fit grows with the cube of the signals. */
const MOST_SIGNALS = 100;

/** Why questions were left out, and how many of each. */
export interface LeftOut {
  incomplete: number;
  unscored: number;
  /** They do not fit into the context of some tier, which a request like them would skip. */
  tooLong: number;
}

/** Relative prices, one a tier, for files without costs: the cost of an answer where none is recorded, in US dollars. */
export interface TableOptions {
  prices?: readonly number[];
  expectations?: (trace: Trace) => Expectations;
}

/**
 * Lays traces out for a ladder. Questions that lack an answer or a score of some tier, or do not fit into its context, are
 * left out and counted.
 * @throws {RangeError} where an answer has no cost and no price is given: what is saved could not be said; and where a
 *   tier's answers have more signals than can be fitted.
 */
export function createLadderTable(
  traces: readonly Trace[],
  tiers: readonly Tier[],
  { prices, expectations = () => ({}) }: TableOptions = {},
): { table: LadderTable; leftOut: LeftOut } {
  const leftOut: LeftOut = { incomplete: 0, unscored: 0, tooLong: 0 };
  const last = tiers.length - 1;
  const lastLabelled = traces.some(({ attempts }) => attempts[tiers[last]?.name ?? '']?.score !== undefined);
  const kept = traces.filter((trace) => {
    const attempts = tiers.map(({ name }) => trace.attempts[name]);
    const complete = attempts.every((attempt) => attempt !== undefined);
    const scored = attempts.every(
      (attempt, tier) => attempt?.score !== undefined || (!lastLabelled && tier === last),
    );
    if (!complete) leftOut.incomplete += 1;
    else if (!scored) leftOut.unscored += 1;
    if (!complete || !scored) return false;
    const view = requestView(trace, { tiers });
    const fits = tiers.every((tier) => fitsContext(tier, view));
    if (!fits) leftOut.tooLong += 1;
    return fits;
  });
  const answers = tiers.map((tier, index): TierColumns => {
    const attempts = kept.map((trace) => {
      const recorded = trace.attempts[tier.name] ?? {};
      return { recorded: { ...recorded, paidSignals: buyable(recorded, tier) }, trace };
    });
    requireFewSignals(tier.name, kept);
    const seen = attempts.map(({ recorded, trace }) => toAttempt(recorded, tier, index, expectations(trace)));
    return {
      signals: seen.map(({ signals }) => signals),
      paid: attempts.map(({ recorded }) => paidSignals(recorded)?.signals),
      score: Float64Array.from(attempts, ({ recorded }) => recorded.score ?? (index === last ? 1 : NaN)),
      cost: Float64Array.from(seen, ({ costNanoUsd }, row) =>
        requireCost(costNanoUsd, prices?.[index], tier, kept[row]),
      ),
      paidCost: Float64Array.from(attempts, ({ recorded }) => paidSignals(recorded)?.costNanoUsd ?? NaN),
      failedChecks: Uint8Array.from(seen, ({ vetoes }) => vetoes.length),
    };
  });
  const policy = { tiers };
  return {
    leftOut,
    table: {
      tiers: tiers.map(({ name }) => name),
      count: kept.length,
      ids: kept.map(({ id }) => id),
      groups: kept.map(({ group }) => group),
      clusters: clustersOf(kept),
      features: kept.map((trace) => requestView(trace, policy).features),
      answers,
      lastLabelled,
      traces: kept,
    },
  };
}

/** The paid signals of a recorded answer and what they cost together; `undefined` where there are none. */
export function paidSignals(recorded: TraceAttempt): { signals: Signals; costNanoUsd?: number } | undefined {
  const bought = Object.entries(recorded.paidSignals ?? {});
  if (bought.length === 0) return undefined;
  const costs = bought.map(([, { costUsd }]) => costUsd);
  const cost = costs.reduce<number | undefined>(
    (sum, each) => (sum === undefined || each === undefined ? undefined : sum + each),
    0,
  );
  return {
    signals: Object.fromEntries(bought.map(([name, { value }]) => [name, value])),
    ...(cost === undefined ? {} : { costNanoUsd: cost * 1e9 }),
  };
}

/** Whether an answer is worth a look for money: its paid signals are there, their cost is known, and no check fails. */
export function mayBuy({ answers }: Pick<LadderTable, 'answers'>, row: number, tier: number): boolean {
  const of = answers[tier];
  return Number.isFinite(of?.paidCost[row]) && (of?.failedChecks[row] ?? 0) === 0;
}

function requireFewSignals(tier: string, traces: readonly Trace[]): void {
  const names = new Set(traces.flatMap(({ attempts }) => Object.keys(attempts[tier]?.signals ?? {})));
  if (names.size > MOST_SIGNALS)
    throw new RangeError(
      `The answers of ${tier} have ${names.size} different signals; at most ${MOST_SIGNALS} can be fitted. Leave out of the file those that say least.`,
    );
}

function requireCost(
  cost: number | undefined,
  price: number | undefined,
  tier: Tier,
  trace: Trace | undefined,
): number {
  const known = cost ?? (price === undefined ? undefined : price * 1e9);
  if (known !== undefined) return known;
  throw new RangeError(
    `The answer of ${tier.name} to '${trace?.id ?? ''}' has no cost, so what a policy saves cannot be said. Record costUsd, give the model a price, or give relative prices (--prices).`,
  );
}

/** The trace's own cluster, else its prompt. */
function clustersOf(traces: readonly Trace[]): Uint32Array {
  const numbers = new Map<string, number>();
  return Uint32Array.from(traces, (trace) => {
    const messages = traceMessages(trace);
    const key =
      trace.cluster !== undefined
        ? `c ${trace.cluster}`
        : messages.length > 0
          ? `p ${JSON.stringify(messages)}`
          : `i ${trace.id}`;
    const known = numbers.get(key) ?? numbers.size;
    numbers.set(key, known);
    return known;
  });
}
