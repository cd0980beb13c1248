import { defined } from '../defined.ts';
import type { Attempt, Veto } from '../routing/attempt.ts';
import { cascade, type Outcome } from '../routing/cascade.ts';
import type { ConfidenceModel } from '../routing/confidence/confidence.ts';
import type { Policy } from '../routing/policy.ts';
import { priorModel } from '../routing/confidence/prior.ts';
import type { Trace, TraceAttempt } from '../traces/trace.ts';
import { requestView, toAttempt, toPaidAttempt } from './replay-attempt.ts';

/** The result of one recorded question. */
export interface Replayed {
  trace: Trace;
  outcome: Outcome;
  /** Everything spent on it, in nano-dollars; absent if a cost is unknown. */
  costNanoUsd?: number;
  /** The cost of the last tier alone. */
  lastCostNanoUsd?: number;
  /** 0..1; absent if the answers have no scores. */
  score?: number;
  lastScore?: number;
}

export interface ReplayReport {
  questions: number;
  /** Questions that lack an answer of some tier. */
  leftOut: number;
  decisions: Record<Outcome['decision'], number>;
  /** Share of the questions that each tier served. */
  servedBy: Record<string, number>;
  /** Share of the questions whose first answer was served although a later tier could have been asked. */
  acceptedShare: number;
  /** Share of the questions for which more than one tier was asked. */
  escalationRate: number;
  /** Questions for which both the served and the last tier's answer have scores. */
  scored: number;
  /** Mean score of the served answers; like the last tier's, absent without scores. */
  score?: number;
  alwaysLastScore?: number;
  /** Mean of the last tier's score minus the served one. */
  qualityLoss?: number;
  costUsd?: number;
  alwaysLastCostUsd?: number;
  /** Everything spent ÷ what always asking the last tier costs. */
  relativeCost?: number;
}

/** Whether the file has an answer of every tier of the policy to this question. */
function isComplete(trace: Trace, policy: Policy): boolean {
  return policy.tiers.every((tier) => trace.attempts[tier.name] !== undefined);
}

/** The vetoes of a recorded answer whose question asks something of its form; `undefined` for any other. */
export type VetoesOf = (answer: TraceAttempt) => readonly Veto[] | undefined;

const askNothing: VetoesOf = () => undefined;

/** Drives the same cascade as live traffic over one recorded question. The question must be complete. */
export function replayOne(
  policy: Policy,
  model: ConfidenceModel,
  trace: Trace,
  vetoesOf: VetoesOf = askNothing,
): Replayed {
  const recorded = policy.tiers.map((tier, index) => {
    const answer = trace.attempts[tier.name] ?? {};
    return toAttempt(answer, tier, index, vetoesOf(answer));
  });
  const walk = cascade(policy, model, requestView(trace, policy));
  let step = walk.next();
  while (step.done !== true) {
    const { call } = step.value;
    const attempt = recorded[call.tier];
    const tier = policy.tiers[call.tier];
    if (attempt === undefined || tier === undefined)
      throw new RangeError(`the cascade asks tier ${call.tier}, which the policy does not have`);
    step = walk.next({
      kind: 'attempt',
      attempt:
        call.about === undefined
          ? { ...attempt, callId: call.callId }
          : {
              ...toPaidAttempt(trace.attempts[tier.name] ?? {}, tier, call.tier),
              callId: call.callId,
              about: call.about,
            },
    });
  }
  const outcome = step.value;
  const servedTier = outcome.served === undefined ? undefined : policy.tiers[outcome.served.tier];
  return defined({
    trace,
    outcome,
    costNanoUsd: total(outcome.attempts),
    lastCostNanoUsd: recorded.at(-1)?.costNanoUsd,
    score: servedTier === undefined ? undefined : trace.attempts[servedTier.name]?.score,
    lastScore: trace.attempts[policy.tiers.at(-1)?.name ?? '']?.score,
  });
}

/** Replays each question that has an answer of every tier; with the shipped confidence model by default. */
export function* replayEach(
  policy: Policy,
  traces: Iterable<Trace>,
  vetoesOf: VetoesOf = askNothing,
  model: ConfidenceModel = priorModel,
): Generator<Replayed> {
  for (const trace of traces) {
    if (isComplete(trace, policy)) yield replayOne(policy, model, trace, vetoesOf);
  }
}

/** Replays a policy over all questions that have an answer of each of its tiers; with the shipped confidence model by default. */
export function replay(
  policy: Policy,
  traces: readonly Trace[],
  vetoesOf?: VetoesOf,
  model?: ConfidenceModel,
): ReplayReport {
  const replayed = [...replayEach(policy, traces, vetoesOf, model)];
  return { ...summarise(policy, replayed), leftOut: traces.length - replayed.length };
}

function summarise(policy: Policy, replayed: readonly Replayed[]): Omit<ReplayReport, 'leftOut'> {
  const decisions: ReplayReport['decisions'] = {
    accepted: 0,
    escalated: 0,
    direct: 0,
    fallback: 0,
    abstained: 0,
    failed: 0,
  };
  const served: Record<string, number> = Object.fromEntries(policy.tiers.map((tier) => [tier.name, 0]));
  for (const { outcome } of replayed) {
    decisions[outcome.decision] += 1;
    const tier = outcome.served === undefined ? undefined : policy.tiers[outcome.served.tier]?.name;
    if (tier !== undefined) served[tier] = (served[tier] ?? 0) + 1;
  }
  const share = (count: number): number => (replayed.length === 0 ? 0 : count / replayed.length);
  const scored = replayed.filter((row) => row.score !== undefined && row.lastScore !== undefined);
  const score = mean(scored.map((row) => row.score ?? 0));
  const alwaysLastScore = mean(scored.map((row) => row.lastScore ?? 0));
  const spent = sumKnown(replayed.map((row) => row.costNanoUsd));
  const always = sumKnown(replayed.map((row) => row.lastCostNanoUsd));
  return defined({
    questions: replayed.length,
    decisions,
    servedBy: Object.fromEntries(Object.entries(served).map(([tier, count]) => [tier, share(count)])),
    acceptedShare: share(decisions.accepted),
    escalationRate: share(replayed.filter(({ outcome }) => answersAsked(outcome) > 1).length),
    scored: scored.length,
    score,
    alwaysLastScore,
    qualityLoss: score === undefined || alwaysLastScore === undefined ? undefined : alwaysLastScore - score,
    costUsd: spent === undefined ? undefined : spent / 1e9,
    alwaysLastCostUsd: always === undefined ? undefined : always / 1e9,
    relativeCost: spent === undefined || always === undefined || always === 0 ? undefined : spent / always,
  });
}

function answersAsked({ attempts }: Outcome): number {
  return attempts.filter(({ about }) => about === undefined).length;
}

function total(attempts: readonly Attempt[]): number | undefined {
  return sumKnown(attempts.map((attempt) => attempt.costNanoUsd));
}

/** The sum; undefined if any value is, since a sum of the known values alone would be too low. */
function sumKnown(values: readonly (number | undefined)[]): number | undefined {
  return values.reduce<number | undefined>(
    (sum, value) => (sum === undefined || value === undefined ? undefined : sum + value),
    0,
  );
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}
