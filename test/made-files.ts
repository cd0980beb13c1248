/** Made-up files of recorded questions, each with one defect of real files. */
import type { Trace } from '../src/traces/trace.ts';
import {
  changeAttempts,
  changeSignals,
  createChance,
  LADDER,
  makeTraces,
  type MadeTier,
} from './made-traces.ts';

export interface MadeFile {
  tiers: readonly MadeTier[];
  traces: Trace[];
}

const [SMALL, MEDIUM, LARGE] = LADDER as [MadeTier, MadeTier, MadeTier];
const PAIR = [SMALL, LARGE];
const ROWS = 550;

/** A plain file; of two tiers by default. */
const plain = (seed: number, more: Partial<Parameters<typeof makeTraces>[0]> = {}): MadeFile => {
  const tiers = more.tiers ?? PAIR;
  return { tiers, traces: makeTraces({ seed, rows: ROWS, tiers, groups: ['a', 'b', 'c'], ...more }) };
};

const changed = ({ tiers, traces }: MadeFile, change: Parameters<typeof changeAttempts>[1]): MadeFile => ({
  tiers,
  traces: changeAttempts(traces, change),
});
const signalling = ({ tiers, traces }: MadeFile, change: Parameters<typeof changeSignals>[1]): MadeFile => ({
  tiers,
  traces: changeSignals(traces, change),
});
const scored = (file: MadeFile, score: (before: number, tier: string, row: number) => number): MadeFile =>
  changed(file, (attempt, tier, row) => ({ ...attempt, score: score(attempt.score ?? 0, tier, row) }));
const named = (file: MadeFile, rename: (trace: Trace, row: number) => Partial<Trace>): MadeFile => ({
  ...file,
  traces: file.traces.map((trace, row) => ({ ...trace, ...rename(trace, row) })),
});

/** By name, each a file for a seed. */
export const madeFiles = {
  'two tiers, three groups': (seed) => plain(seed),
  'three tiers': (seed) => plain(seed, { tiers: LADDER }),
  'paid signals on some answers': (seed) =>
    plain(seed, { tiers: [{ ...SMALL, paid: 0.7 }, { ...MEDIUM, paid: 0.3 }, LARGE] }),
  'signals missing for half the rows': (seed) => {
    const chance = createChance(seed);
    return signalling(plain(seed), ({ answerProb = NaN }) => (chance.coin(0.5) ? {} : { answerProb }));
  },
  'a signal of pure noise beside it': (seed) => {
    const chance = createChance(seed);
    return signalling(plain(seed), (signals) => ({ ...signals, noise: chance.normal() }));
  },
  'pure noise alone': (seed) => {
    const chance = createChance(seed);
    return signalling(plain(seed), () => ({ answerProb: chance.uniform() }));
  },
  'a constant signal': (seed) => signalling(plain(seed), (signals) => ({ ...signals, constant: 0.7 })),
  'no signal at all': (seed) => signalling(plain(seed), () => ({})),
  'huge and tiny signals': (seed) => {
    const chance = createChance(seed);
    const odd = [1e308, -1e308, 5e-324, 1e200, 0, -0, 1e16];
    return signalling(plain(seed), (signals, row) => ({
      ...signals,
      ...(chance.coin(0.2) ? { huge: odd[row % odd.length] ?? 0 } : { huge: chance.normal() }),
      meanLogprob: row % 9 === 0 ? -1e308 : -0.1,
    }));
  },
  'probabilities of exactly 0 and 1': (seed) =>
    signalling(plain(seed), ({ answerProb = 0 }) => ({ answerProb: Math.round(answerProb) })),
  'signals with ties': (seed) =>
    signalling(plain(seed), ({ answerProb = 0 }) => ({ answerProb: Math.round(answerProb * 4) / 4 })),
  'graded scores': (seed) => {
    const chance = createChance(seed);
    return scored(plain(seed), (score) => 0.7 * score + 0.3 * chance.uniform());
  },
  'scores of 0, a half and 1': (seed) => {
    const chance = createChance(seed);
    return scored(plain(seed), (score) => (chance.coin(0.2) ? 0.5 : score));
  },
  'every score 1': (seed) => scored(plain(seed), () => 1),
  'every score 0': (seed) => scored(plain(seed), () => 0),
  'the last tier always right': (seed) =>
    scored(plain(seed), (score, tier) => (tier === LARGE.name ? 1 : score)),
  'the first tier always wrong': (seed) =>
    scored(plain(seed), (score, tier) => (tier === SMALL.name ? 0 : score)),
  'a small model better than the large one': (seed) =>
    plain(seed, {
      tiers: [
        { ...SMALL, ability: 3 },
        { ...LARGE, ability: 1 },
      ],
    }),
  'a tier that is never worth calling': (seed) =>
    plain(seed, { tiers: [SMALL, { ...MEDIUM, ability: -1, costUsd: 1.9e-3 }, LARGE] }),
  'a last tier cheaper than the first': (seed) =>
    plain(seed, {
      tiers: [
        { ...SMALL, costUsd: 2e-3 },
        { ...LARGE, costUsd: 1e-4 },
      ],
    }),
  'a first tier that costs nothing': (seed) => plain(seed, { tiers: [{ ...SMALL, costUsd: 0 }, LARGE] }),
  'one group': (seed) => plain(seed, { groups: ['only'] }),
  'forty groups of few rows': (seed) =>
    plain(seed, { groups: Array.from({ length: 40 }, (_, i) => `g${i}`) }),
  'groups that hardly any row has': (seed) =>
    named(plain(seed), (_, row) => (row % 11 === 0 ? { group: `rare ${row}` } : {})),
  'odd names': (seed) =>
    named(
      plain(seed, { groups: ['__proto__', 'constructor', 'a b,c"\'\n', '🦊', 'toString'] }),
      (_, row) => ({
        id: `§ "${row}"\n\u0000 💥 ../..`,
      }),
    ),
  'conversations of many rows': (seed) => named(plain(seed), (_, row) => ({ cluster: `c${row % 150}` })),
  'every prompt twice': (seed) => named(plain(seed), (_, row) => ({ prompt: `p${row >> 1}` })),
  'frequent prompts, which the first tier gets wrong more often': (seed) => {
    const chance = createChance(seed);
    const file = scored(plain(seed), (score, tier, row) =>
      tier === SMALL.name && row % 12 === 0 && chance.coin(0.3) ? 0 : score,
    );
    return {
      ...file,
      traces: file.traces.flatMap((trace, row) =>
        row % 12 > 0
          ? [trace]
          : Array.from({ length: 9 }, (_, time) => ({ ...trace, id: `${trace.id}-${time}` })),
      ),
    };
  },
  'twenty-five signals of pure noise': (seed) => {
    const chance = createChance(seed);
    return signalling(plain(seed), (signals) => ({
      ...signals,
      ...Object.fromEntries(Array.from({ length: 25 }, (_, signal) => [`noise${signal}`, chance.normal()])),
    }));
  },
  'one answer in twenty of the first tier sure of itself, and wrong': (seed) =>
    changed(plain(seed), (attempt, tier, row) =>
      row % 20 > 0
        ? attempt
        : tier === SMALL.name
          ? { ...attempt, score: 0, signals: { answerProb: 0.98 } }
          : { ...attempt, score: 1 },
    ),
  'signals missing where the answer is poor': (seed) => {
    const chance = createChance(seed);
    return signalling(plain(seed), ({ answerProb = 0 }) => (chance.coin(answerProb) ? { answerProb } : {}));
  },
  'one answer in five fails a check': (seed) =>
    changed(plain(seed), (attempt, _tier, row) =>
      row % 5 === 0 ? { ...attempt, finish: 'length' } : attempt,
    ),
} satisfies Record<string, (seed: number) => MadeFile>;

export const madeFileNames = Object.keys(madeFiles) as (keyof typeof madeFiles)[];
