/** Made-up recorded questions: of models with a given ability, with the defects of real files. */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { createRandom } from '../src/calibration/fit/random.ts';
import { sigmoid } from '../src/calibration/fit/sigmoid.ts';
import type { Tier } from '../src/routing/policy.ts';
import type { Trace, TraceAttempt } from '../src/traces/trace.ts';

export interface MadeTier {
  name: string;
  /** Log-odds of a right answer to a question of middling difficulty. */
  ability: number;
  costUsd: number;
  /** Share of the answers that carry the paid signal `pTrue`; 0 by default. */
  paid?: number;
}

export interface Making {
  seed: number;
  rows: number;
  tiers: readonly MadeTier[];
  /** Each question has one of these, by turns; one group by default. */
  groups?: readonly string[];
  /** Standard deviation of the noise on a signal's log-odds; 1 by default. */
  noise?: number;
}

export const LADDER: readonly MadeTier[] = [
  { name: 'small', ability: 0.8, costUsd: 1e-4 },
  { name: 'medium', ability: 1.6, costUsd: 4e-4 },
  { name: 'large', ability: 2.4, costUsd: 2e-3 },
];

/** A source of random numbers, the same for the same seed. */
export interface Chance {
  /** In [0, 1). */
  uniform(): number;
  normal(): number;
  /** True with this chance. */
  coin(chance: number): boolean;
}

export function createChance(seed: number): Chance {
  const random = createRandom(seed);
  const uniform = (): number => uniformFloat64(random);
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    coin: (chance) => uniform() < chance,
  };
}

/** Questions of random difficulty; every tier's `answerProb` tells, with noise, how likely its answer is right. */
export function makeTraces({ seed, rows, tiers, groups = ['all'], noise = 1 }: Making): Trace[] {
  const chance = createChance(seed);
  return Array.from({ length: rows }, (_, row): Trace => {
    const group = groups[row % groups.length] ?? 'all';
    const ease = 1.5 * chance.normal() + 0.3 * ((row % groups.length) - (groups.length - 1) / 2);
    return {
      id: `q${row}`,
      group,
      prompt: `${'What is it? '.repeat(1 + Math.floor(8 * chance.uniform()))}${row}`,
      attempts: Object.fromEntries(
        tiers.map((tier) => [tier.name, makeAttempt(tier, tier.ability + ease, noise, chance)]),
      ),
    };
  });
}

function makeAttempt(
  { costUsd, paid = 0 }: MadeTier,
  logOdds: number,
  noise: number,
  chance: Chance,
): TraceAttempt {
  const told = (): number => sigmoid(logOdds + noise * chance.normal());
  const outputTokens = 1 + Math.floor(40 * chance.uniform());
  return {
    answer: 'it is this',
    score: chance.coin(sigmoid(logOdds)) ? 1 : 0,
    costUsd: costUsd * (0.5 + outputTokens / 40),
    outputTokens,
    signals: { answerProb: told() },
    ...(chance.coin(paid) ? { paidSignals: { pTrue: { value: told(), costUsd: costUsd / 4 } } } : {}),
  };
}

/** The tiers in the form of a policy. */
export function policyTiers(tiers: readonly Pick<MadeTier, 'name'>[]): Tier[] {
  return tiers.map(({ name }) => ({ name, model: name, upstream: 'u', location: 'on-premises' }));
}

/** The traces with every attempt changed. */
export function changeAttempts(
  traces: readonly Trace[],
  change: (attempt: TraceAttempt, tier: string, row: number) => TraceAttempt,
): Trace[] {
  return traces.map((trace, row) => ({
    ...trace,
    attempts: Object.fromEntries(
      Object.entries(trace.attempts).map(([tier, attempt]) => [tier, change(attempt, tier, row)]),
    ),
  }));
}

/** The traces with every answer's signals changed. */
export function changeSignals(
  traces: readonly Trace[],
  change: (signals: Readonly<Record<string, number>>, row: number) => Record<string, number>,
): Trace[] {
  return changeAttempts(traces, (attempt, _tier, row) => ({
    ...attempt,
    signals: change(attempt.signals ?? {}, row),
  }));
}
