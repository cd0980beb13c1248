import { defined } from '../../defined.ts';
import type { Signals } from '../../routing/attempt.ts';
import { beginChecks } from '../../routing/checks/checks.ts';
import type { Trace } from '../../traces/trace.ts';
import { attemptSignals } from '../../recordings/replay-attempt.ts';

/** One scored answer to learn from. */
export interface PriorRow {
  tier: string;
  split: 'fit' | 'test';
  /** All questions of a template: they are held out together. */
  fold: string;
  signals: Signals;
  /** 0..1. */
  score: number;
}

/**
 * The scored answers of the given tiers that have log-probabilities and fail no check. An answer that fails a check is never
 * accepted, whatever its confidence, so nothing can be learned from it about accepting.
 */
export function priorRows(traces: readonly Trace[], tiers: readonly string[]): PriorRow[] {
  return traces.flatMap((trace) => {
    const { split } = trace;
    if (split !== 'fit' && split !== 'test') return [];
    return tiers.flatMap((tier): PriorRow[] => {
      const attempt = trace.attempts[tier];
      if (attempt?.score === undefined || attempt.tokens === undefined) return [];
      const { answer: text = '', toolCalls = [], finish: finishReason } = attempt;
      if (beginChecks(defined({ text, toolCalls, finishReason }), {}).found.length > 0) return [];
      const template = trace['template'];
      const fold = typeof template === 'string' ? template : (trace.cluster ?? trace.id);
      return [{ tier, split, fold, signals: attemptSignals(attempt), score: attempt.score }];
    });
  });
}
