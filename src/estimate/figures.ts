import { clopperPearson } from '../calibration/tests/certify.ts';
import type { Estimate } from '../calibration/tests/interval.ts';
import { meanDifferenceInterval } from '../calibration/tests/mean-interval.ts';
import { defined } from '../defined.ts';
import type { AnswerKind } from './answer-kind.ts';
import type { ComparedRow } from './compare-row.ts';

/** Of each interval: of the three figures that are told, all hold in about 95 of 100 samples. */
export const INTERVAL_CERTAINTY = 0.98;

/** A share of the sample, with its 98 % interval (Clopper & Pearson). */
export interface CountedShare extends Estimate {
  count: number;
}

export interface AgreementFigures {
  questions: number;
  same: CountedShare;
  different: CountedShare;
  /** Neither is certain: these are never counted as the same. */
  unknown: CountedShare;
  /** Of the not known ones: how many a judge called as good, and how many it compared. */
  judged?: { asGood: number; compared: number };
  byKind: Partial<
    Record<AnswerKind, { questions: number; same: number; different: number; unknown: number }>
  >;
}

export function agreementOf(rows: readonly ComparedRow[]): AgreementFigures {
  const shareOf = (sameness: ComparedRow['sameness']): CountedShare => {
    const count = rows.filter((row) => row.sameness === sameness).length;
    return { count, value: count / rows.length, ...clopperPearson(count, rows.length, INTERVAL_CERTAINTY) };
  };
  const byKind: AgreementFigures['byKind'] = {};
  for (const { kind, sameness } of rows) {
    const of = (byKind[kind] ??= { questions: 0, same: 0, different: 0, unknown: 0 });
    of.questions += 1;
    of[sameness] += 1;
  }
  const verdicts = rows.filter((row) => row.sameness === 'unknown').flatMap(({ verdict }) => verdict ?? []);
  const judged =
    verdicts.length === 0
      ? undefined
      : { compared: verdicts.length, asGood: verdicts.filter((verdict) => verdict === 1).length };
  return {
    questions: rows.length,
    same: shareOf('same'),
    different: shareOf('different'),
    unknown: shareOf('unknown'),
    byKind,
    ...defined({ judged }),
  };
}

/** With fewer scored questions no loss is told. */
const LEAST_SCORED = 20;

export interface LossFigures extends Estimate {
  questions: number;
}

/**
 * The mean loss if every answer of the small model were served: the recorded answers' scores minus its own, with the 98 % interval.
 * Undefined where fewer than twenty questions have both scores.
 */
export function lossOfServingAll(rows: readonly ComparedRow[]): LossFigures | undefined {
  const losses = rows.flatMap(({ loss }) => loss ?? []);
  if (losses.length < LEAST_SCORED) return undefined;
  const value = losses.reduce((sum, each) => sum + each, 0) / losses.length;
  return { questions: losses.length, value, ...meanDifferenceInterval(losses, INTERVAL_CERTAINTY) };
}
