import { hashContent } from '../routing/hash-content.ts';
import { scoreAnswer } from '../traces/check.ts';
import type { Trace, TraceAttempt } from '../traces/trace.ts';
import { questionBody } from './record.ts';

/** The identity of what is asked, independent of id, group and reference; answers belong to it. */
export function questionHash(trace: Trace): string {
  return hashContent(questionBody(trace));
}

/** The attempt with the score that the current checker and reference give it; unchanged without a checker. */
export function rescore(trace: Trace, attempt: TraceAttempt): TraceAttempt {
  if (trace.check === undefined || trace.reference === undefined || attempt.answer === undefined)
    return attempt;
  return { ...attempt, score: scoreAnswer(trace.check, trace.reference, attempt.answer) };
}

export interface Rescored {
  traces: Trace[];
  /** How many attempts have another score now. */
  changed: number;
}

/** Scores every stored answer again; no model is called. */
export function rescoreAll(traces: readonly Trace[]): Rescored {
  let changed = 0;
  const scored = traces.map((trace) => ({
    ...trace,
    attempts: Object.fromEntries(
      Object.entries(trace.attempts).map(([tier, attempt]) => {
        const fresh = rescore(trace, attempt);
        if (fresh.score !== attempt.score) changed += 1;
        return [tier, fresh];
      }),
    ),
  }));
  return { traces: scored, changed };
}

/**
 * The questions with the attempts that earlier recordings have for exactly the same question (see {@link questionHash}). If
 * several recordings have an attempt, the last counts; an attempt in the question itself goes before all.
 */
export function withEarlier(questions: readonly Trace[], earlier: readonly Trace[]): Trace[] {
  const known = new Map<string, Trace['attempts']>();
  for (const trace of earlier) {
    const key = `${trace.id}\n${questionHash(trace)}`;
    known.set(key, { ...known.get(key), ...trace.attempts });
  }
  return questions.map((question) => ({
    ...question,
    attempts: merged(question.attempts, known.get(`${question.id}\n${questionHash(question)}`) ?? {}),
  }));
}

/** An answer that is the same in both keeps the paid signals of both, since they cost money. */
function merged(own: Trace['attempts'], earlier: Trace['attempts']): Trace['attempts'] {
  const kept = Object.entries(own).map(([tier, attempt]): [string, TraceAttempt] => {
    const before = earlier[tier];
    return before?.paidSignals === undefined || before.answer !== attempt.answer
      ? [tier, attempt]
      : [tier, { ...attempt, paidSignals: { ...before.paidSignals, ...attempt.paidSignals } }];
  });
  return { ...earlier, ...Object.fromEntries(kept) };
}
