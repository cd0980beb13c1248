import type { Signals } from '../../routing/attempt.ts';
import { vetoes } from '../../routing/checks.ts';
import type { Trace } from '../../traces/trace.ts';
import { attemptSignals } from '../../recordings/replay-attempt.ts';

/** One scored answer to learn from. */
export interface PriorRow {
  tier: string;
  split: 'fit' | 'test';
  /** Rows of one fold never help to judge one another: all questions of a template. */
  fold: string;
  signals: Signals;
  /** 0..1. */
  score: number;
}

/**
 * The scored answers of the given tiers whose log-probabilities are known and that no check vetoes: a vetoed answer is
 * never accepted, whatever its confidence, so it has nothing to teach about accepting.
 */
export function priorRows(traces: readonly Trace[], tiers: readonly string[]): PriorRow[] {
  return traces.flatMap((trace) => {
    const { split } = trace;
    if (split !== 'fit' && split !== 'test') return [];
    return tiers.flatMap((tier): PriorRow[] => {
      const attempt = trace.attempts[tier];
      if (attempt?.score === undefined || attempt.tokens === undefined) return [];
      const answer = { text: attempt.answer ?? '', toolCalls: attempt.toolCalls ?? [] };
      if (
        vetoes({ ...answer, ...(attempt.finish === undefined ? {} : { finishReason: attempt.finish }) }, {})
          .length > 0
      )
        return [];
      const template = trace['template'];
      const fold = typeof template === 'string' ? template : (trace.cluster ?? trace.id);
      return [{ tier, split, fold, signals: attemptSignals(attempt), score: attempt.score }];
    });
  });
}
