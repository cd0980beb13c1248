import { createRandom, shuffled } from '../../calibration/fit/random.ts';
import type { Estimate } from '../../calibration/tests/interval.ts';
import { createLadderTable, LEAST_ROWS } from '../../learning/table/ladder-table.ts';
import type { LossPromise } from '../../learning/tuning/certify-path.ts';
import type { Tier } from '../../routing/policy.ts';
import type { ComparedRow } from '../compare-row.ts';
import { INTERVAL_CERTAINTY } from '../figures.ts';
import { expectCost, type AnswerClass } from './expect-cost.ts';
import { policyCurves } from './policy-curve.ts';

/** The labels that a certificate is expected to have: those of `weir bench`. */
export const EXPECTED_LABELS = { fit: 800, certify: 1_000 } as const;

/**
 * What serving an answer loses where nobody scored it: the share of such answers that lose a right one. On ladders with known right
 * answers, 45 to 72 % of the answers that differ did so, and 18 to 33 % of those that were not known to.
 */
const ASSUMED = {
  different: { leastLost: 0.4, mostLost: 0.75 },
  unknown: { leastLost: 0.1, mostLost: 0.4 },
} as const;

export interface SavingQuestion {
  rows: readonly ComparedRow[];
  /** The small model, then the one that recorded the log; every answer has a cost. */
  tiers: readonly [Tier, Tier];
  maxLosses: readonly number[];
  certainty: number;
  seed: number;
}

export interface ExpectedSaving {
  maxLoss: number;
  /** Share of always asking the large model that is saved; below 0 where it costs more. With the 98 % interval. */
  saved: Estimate;
}

/** What a certified policy of these two models is likely to save. Undefined with fewer than twenty questions, or where nothing costs. */
export function expectSaving(question: SavingQuestion): ExpectedSaving[] | undefined {
  const { tiers, maxLosses, certainty, seed } = question;
  const [small, large] = tiers;
  const rows = shuffled(question.rows, createRandom(seed));
  if (rows.length < LEAST_ROWS) return undefined;
  const graded = rows.map((row) => lossOf(row));
  const traces = rows.map(({ trace, vetoes }, index) => {
    const [answer, recorded] = [trace.attempts[small.name], trace.attempts[large.name]];
    // Gains count nothing in a promise, so only what is lost is fitted.
    return {
      ...trace,
      attempts: {
        [small.name]: { ...answer, vetoes: [...vetoes], score: 1 - (graded[index]?.mean ?? 0) },
        [large.name]: { ...recorded, vetoes: [], score: 1 },
      },
    };
  });
  const withoutPaid = { ...small, paidSignals: [] };
  const hasPaid = traces.some(({ attempts }) => attempts[small.name]?.paidSignals !== undefined);
  const curves = (hasPaid ? [withoutPaid, small] : [withoutPaid]).map((tier) => {
    const { table } = createLadderTable(traces, [tier, large]);
    const lost = table.traces.map(({ attempts }) => 1 - (attempts[small.name]?.score ?? 1));
    return policyCurves(table, lost, seed);
  });
  const classes = classesOf(graded);
  return maxLosses.map((maxLoss) => {
    const promise: LossPromise = { maxLoss, level: 1 - certainty };
    const { certify } = EXPECTED_LABELS;
    return {
      maxLoss,
      saved: savedOf(expectCost({ classes, curves, promise, certify, seed }, INTERVAL_CERTAINTY)),
    };
  });
}

const savedOf = ({ value, lower, upper }: Estimate): Estimate => ({
  value: 1 - value,
  lower: 1 - upper,
  upper: 1 - lower,
});

interface Graded {
  leastLost: number;
  mostLost: number;
  mean: number;
}

/** What serving the small model's answer loses, by the most trusted thing that is known of it. */
function lossOf({ loss, verdict, sameness, vetoes }: ComparedRow): Graded {
  if (loss !== undefined) return known(Math.max(0, loss));
  if (vetoes.length > 0) return known(1);
  if (sameness === 'same') return known(0);
  if (sameness === 'unknown' && verdict !== undefined) return known(1 - verdict);
  const { leastLost, mostLost } = ASSUMED[sameness];
  return { leastLost, mostLost, mean: (leastLost + mostLost) / 2 };
}

const known = (loss: number): Graded => ({ leastLost: loss, mostLost: loss, mean: loss });

/** Rows that lose the same are one class. Graded losses are split between lost and kept. */
function classesOf(graded: readonly Graded[]): AnswerClass[] {
  let [kept, lost] = [0, 0];
  const assumed = new Map<number, AnswerClass>();
  for (const { leastLost, mostLost, mean } of graded) {
    if (leastLost === mostLost) {
      lost += mean;
      kept += 1 - mean;
    } else {
      const before = assumed.get(leastLost);
      assumed.set(leastLost, { leastLost, mostLost, count: (before?.count ?? 0) + 1 });
    }
  }
  return [
    { count: kept, leastLost: 0, mostLost: 0 },
    ...(lost > 0 || assumed.size === 0 ? [{ count: lost, leastLost: 1, mostLost: 1 }] : []),
    ...assumed.values(),
  ];
}
