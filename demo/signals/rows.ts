import { priorRows } from '../../src/learning/fitting/prior-rows.ts';
import type { Signals } from '../../src/routing/attempt.ts';
import { requestFeatures } from '../../src/routing/signals/read-signals.ts';
import { traceMessages, type Trace } from '../../src/traces/trace.ts';

/** Groups whose questions take several steps: where a small model reasons wrongly with confidence. */
export const multiStep: ReadonlySet<string> = new Set([
  'arithmetic-hard',
  'word-problems',
  'logic',
  'reasoning',
]);

/** A scored answer that no check vetoes. */
export interface AnswerRow {
  tier: string;
  split: 'fit' | 'test';
  /** Questions of one template stand or fall together. */
  template: string;
  multiStep: boolean;
  /** Of the answer, and of the request. */
  signals: Signals;
  /** 0..1. */
  score: number;
}

/** What the confidence model learns from, with what is known of each request beside. */
export function answerRows(traces: readonly Trace[], tiers: readonly string[]): AnswerRow[] {
  return traces.flatMap((trace) => {
    const request = requestFeatures({ messages: traceMessages(trace) });
    return priorRows([trace], tiers).map(({ tier, split, fold, signals, score }) => ({
      tier,
      split,
      template: `${trace.group}/${fold}`,
      multiStep: multiStep.has(trace.group),
      signals: { ...signals, ...request },
      score,
    }));
  });
}
