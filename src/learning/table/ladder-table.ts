import { defined } from '../../defined.ts';
import { NOT_JUDGED, type Signals } from '../../routing/attempt.ts';
import { fitsContext } from '../../routing/tier-obstacle.ts';
import { believe, type Belief, type ConfidenceModel } from '../../routing/confidence/confidence.ts';
import type { Tier } from '../../routing/policy.ts';
import { traceMessages, type Trace, type TraceAttempt } from '../../traces/trace.ts';
import type { VetoesOf } from '../../recordings/replay.ts';
import { allowedPaidSignals, requestView, toAttempt } from '../../recordings/replay-attempt.ts';

/** One tier's answers to the questions, one entry a row. */
export interface TierColumns {
  /** Free signals, without the request features. */
  signals: readonly Signals[];
  /** Paid signals; `undefined` if none were recorded. */
  paid: readonly (Signals | undefined)[];
  /** 0..1; NaN if the answer has no score. */
  score: Float64Array;
  /** Nano-dollars. */
  cost: Float64Array;
  /** Nano-dollars for the paid signals; NaN if there are none, or their cost is unknown. */
  paidCost: Float64Array;
  /** How many checks the answer fails; with any, it is not accepted, whatever its confidence. */
  failedChecks: Uint8Array;
}

/** With fewer questions than this nothing is fitted. */
export const LEAST_ROWS = 20;

/** The sentence that fewer than {@link LEAST_ROWS} questions are not enough. @param what for what, such as `to fit a policy on`. */
export function tooFewQuestions(count: number, what: string): string {
  const questions = count === 1 ? 'question is' : 'questions are';
  return `${count} labelled ${questions} too few ${what}: at least ${LEAST_ROWS} are needed.`;
}

/** Recorded questions as columns: a ladder's policy is fitted and measured on them. */
export interface LadderTable {
  tiers: readonly string[];
  count: number;
  ids: readonly string[];
  groups: readonly string[];
  /** Rows with the same number belong together: one conversation, or the same prompt. */
  clusters: Uint32Array;
  features: readonly Signals[];
  answers: readonly TierColumns[];
  /** Whether the last tier's answers have scores; if none has, they count as right. */
  lastLabelled: boolean;
  traces: readonly Trace[];
}

/** The work of a fit grows with the cube of the number of signals. */
const MOST_SIGNALS = 100;

/** How many questions were left out, by reason. */
export interface LeftOutQuestions {
  incomplete: number;
  unscored: number;
  /** The question does not fit into the context of some tier; a live request would skip that tier. */
  tooLong: number;
}

export interface LadderTableOptions {
  /** For each tier the cost in US dollars of an answer without a recorded cost; relative prices will do. */
  prices?: readonly number[];
  /** The vetoes of an answer whose question asks something of its form. */
  vetoesOf?: VetoesOf;
}

/**
 * Lays recorded questions out as columns. A question is left out and counted if it lacks some tier's answer or score, or
 * does not fit into some tier's context.
 * @throws {RangeError} if an answer has no cost and no price is given, since savings would be unknown; or if a tier's
 *   answers have more signals than can be fitted.
 */
export function createLadderTable(
  traces: readonly Trace[],
  tiers: readonly Tier[],
  { prices, vetoesOf }: LadderTableOptions = {},
): { table: LadderTable; leftOut: LeftOutQuestions } {
  const leftOut: LeftOutQuestions = { incomplete: 0, unscored: 0, tooLong: 0 };
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
    const fits = tiers.every((tier, index) => fitsContext(tier, view, index < tiers.length - 1));
    if (!fits) leftOut.tooLong += 1;
    return fits;
  });
  const answers = tiers.map((tier, index): TierColumns => {
    const attempts = kept.map((trace) => {
      const recorded = trace.attempts[tier.name] ?? {};
      return { recorded: { ...recorded, paidSignals: allowedPaidSignals(recorded, tier) }, trace };
    });
    requireFewSignals(tier.name, kept);
    const seen = attempts.map(({ recorded, trace }) =>
      toAttempt(recorded, tier, index, vetoesOf?.(trace.attempts[tier.name] ?? recorded)),
    );
    return {
      signals: seen.map(({ signals }) => signals),
      paid: attempts.map(({ recorded }) => recordedPaidSignals(recorded)?.signals),
      score: Float64Array.from(attempts, ({ recorded }) => recorded.score ?? (index === last ? 1 : NaN)),
      cost: Float64Array.from(seen, ({ costNanoUsd }, row) =>
        requireCost(costNanoUsd, prices?.[index], tier, kept[row]),
      ),
      paidCost: Float64Array.from(
        attempts,
        ({ recorded }) => recordedPaidSignals(recorded)?.costNanoUsd ?? NaN,
      ),
      failedChecks: Uint8Array.from(
        seen,
        // The last tier's answer is served where no schema could judge it.
        ({ vetoes }) => vetoes.filter((veto) => index < last || veto !== NOT_JUDGED).length,
      ),
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

/** The paid signals of a recorded answer, and their cost together; `undefined` if there are none. */
export function recordedPaidSignals(
  recorded: TraceAttempt,
): { signals: Signals; costNanoUsd?: number } | undefined {
  const bought = Object.entries(recorded.paidSignals ?? {});
  if (bought.length === 0) return undefined;
  const costs = bought.map(([, { costUsd }]) => costUsd);
  const cost = costs.reduce<number | undefined>(
    (sum, each) => (sum === undefined || each === undefined ? undefined : sum + each),
    0,
  );
  return defined({
    signals: Object.fromEntries(bought.map(([name, { value }]) => [name, value])),
    costNanoUsd: cost === undefined ? undefined : cost * 1e9,
  });
}

/**
 * The confidence model's belief in one tier's answer to the question in this row.
 * @param tier position of the tier, 0 the cheapest; with `paid` the answer's paid signals count too, if it has any.
 * @returns `undefined` if signals that the model requires are missing.
 */
export function believeAnswer(
  model: ConfidenceModel,
  table: LadderTable,
  row: number,
  { tier, paid = false }: { tier: number; paid?: boolean },
): Belief | undefined {
  const answers = table.answers[tier];
  return believe(
    model,
    { tier: table.tiers[tier] ?? '', paid, group: table.groups[row] ?? '' },
    { ...table.features[row], ...answers?.signals[row], ...(paid ? answers?.paid[row] : {}) },
  );
}

/** Whether paid signals of this answer can be bought: they were recorded with their cost, and the answer fails no check. */
export function canBuyPaidSignals(
  { answers }: Pick<LadderTable, 'answers'>,
  row: number,
  tier: number,
): boolean {
  const of = answers[tier];
  return Number.isFinite(of?.paidCost[row]) && (of?.failedChecks[row] ?? 0) === 0;
}

function requireFewSignals(tier: string, traces: readonly Trace[]): void {
  const names = new Set(traces.flatMap(({ attempts }) => Object.keys(attempts[tier]?.signals ?? {})));
  if (names.size > MOST_SIGNALS)
    throw new RangeError(
      `The answers of ${tier} have ${names.size} different signals; at most ${MOST_SIGNALS} can be fitted. Remove the least useful ones from the file.`,
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
    `The answer of ${tier.name} to '${trace?.id ?? ''}' has no cost, so it is unknown what a policy saves. Record costUsd, give the model a price, or give relative prices (--prices).`,
  );
}

/** Rows share a number if the traces share a cluster or, without clusters, the prompt. */
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
