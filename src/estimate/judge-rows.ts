import { judgeAnswer, requestText, type AskJudge } from '../learning/labels/judge.ts';
import { traceForm, traceMessages, type Trace, type TraceAttempt } from '../traces/trace.ts';
import type { ComparedRow } from './compare-row.ts';

/** An answer of the small model with what a judge said of it. */
export interface JudgedAttempt extends TraceAttempt {
  verdict: number;
  judge: string;
}

export interface JudgeRun {
  rows: readonly ComparedRow[];
  judge: string;
  prompt: string;
  recorded: string;
  small: string;
  ask: AskJudge;
  concurrency: number;
  signal: AbortSignal;
  /** Keeps a verdict as soon as it is there. */
  keep(trace: Trace, attempt: JudgedAttempt): Promise<void>;
  progress?(done: number, total: number): void;
}

/**
 * Has a judge compare the answers of which it is not known whether they are the same, as audits do: once in each order. What it said
 * before is not asked again. @returns why some have no verdict, a sentence each.
 */
export async function judgeRows(run: JudgeRun): Promise<string[]> {
  const { rows, judge, prompt, recorded, small, ask, concurrency, signal, keep, progress } = run;
  const waiting = rows.filter((row) => row.sameness === 'unknown' && row.verdict === undefined);
  const total = waiting.length;
  const problems: string[] = [];
  let done = 0;
  progress?.(done, total);
  const work = async (): Promise<void> => {
    for (let row = waiting.shift(); row !== undefined && !signal.aborted; row = waiting.shift()) {
      const { trace } = row;
      const [reference, answer] = [trace.attempts[recorded], trace.attempts[small]];
      const { tools, response_format: responseFormat } = traceForm(trace);
      const question = requestText({
        messages: traceMessages(trace),
        // They were a request's when they were recorded.
        tools: tools as unknown[] | undefined,
        responseFormat: responseFormat as { type?: unknown } | undefined,
      });
      if (question === undefined || reference?.answer === undefined || answer?.answer === undefined) continue;
      const said = await judgeAnswer(
        prompt,
        { question, reference: reference.answer, answer: answer.answer },
        ask,
      );
      if (signal.aborted) return;
      if ('problem' in said) problems.push(said.problem);
      else {
        const judged = { ...answer, verdict: said.verdict, judge };
        await keep(trace, judged);
        trace.attempts[small] = judged;
        row.verdict = said.verdict;
      }
      done += 1;
      progress?.(done, total);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return problems;
}
