import { reliabilityCurve } from '../calibration/metrics/metrics.ts';
import { calibrationFigures } from '../learning/table/calibration-figures.ts';
import { mean } from '../learning/table/measure-rows.ts';
import type { ConfidencePanel } from './report-data.ts';
import type { ReportRow } from './rows.ts';

/** Steps of a histogram over 0..1. */
const STEPS = 20;

/** Most points of a reliability diagram, and questions for each: with fewer the intervals would be too wide. */
const MOST_BINS = 10;
const QUESTIONS_A_BIN = 20;

/** One panel for each confidence that any row has, of each tier but the last; free signals first. */
export function confidencePanels(rows: readonly ReportRow[], tiers: readonly string[]): ConfidencePanel[] {
  return tiers.slice(0, -1).flatMap((tier) =>
    [false, true].flatMap((paid) => {
      const known = rows.flatMap((row) => {
        const answer = row.answers[tier];
        const predicted = paid ? answer?.paidConfidence : answer?.confidence;
        return predicted === undefined || answer?.score === undefined
          ? []
          : [{ predicted, outcome: answer.score }];
      });
      return known.length === 0 ? [] : [panel(tier, paid, known)];
    }),
  );
}

function panel(
  tier: string,
  paid: boolean,
  known: readonly { predicted: number; outcome: number }[],
): ConfidencePanel {
  const scored = {
    predicted: known.map(({ predicted }) => predicted),
    outcome: known.map(({ outcome }) => outcome),
  };
  const bins = Math.max(1, Math.min(MOST_BINS, Math.floor(known.length / QUESTIONS_A_BIN)));
  return {
    tier,
    paid,
    questions: known.length,
    confidence: mean(scored.predicted),
    accuracy: mean(scored.outcome),
    ...calibrationFigures(scored),
    reliability: reliabilityCurve(scored, bins),
    histogram: histogram(known),
  };
}

function histogram(
  known: readonly { predicted: number; outcome: number }[],
): { right: number; wrong: number }[] {
  const steps = Array.from({ length: STEPS }, () => ({ right: 0, wrong: 0 }));
  for (const { predicted, outcome } of known) {
    const step = steps[Math.min(STEPS - 1, Math.floor(predicted * STEPS))];
    if (step === undefined) throw new RangeError(`a confidence of ${predicted} is not within 0..1`);
    step.right += outcome;
    step.wrong += 1 - outcome;
  }
  return steps;
}
