import { roughTokens } from '../routing/signals/request-text.ts';
import { billOf, worstBillOf, type Price } from '../routing/billing.ts';
import type { Trace } from '../traces/trace.ts';
import { kindOf } from './answer-kind.ts';
import { promptTokens, withTokens } from './recorded-answers.ts';

/** What asking is expected to take, and at most. Costs are in nano-dollars, and absent where no price is known. */
export interface PlannedCalls {
  calls: number;
  inputTokens: number;
  /** Expected, and the most that the limits allow. */
  outputTokens: number;
  mostOutputTokens: number;
  expectedNanoUsd?: number;
  mostNanoUsd?: number;
}

interface Call {
  inputTokens: number;
  mostInputTokens: number;
  outputTokens: number;
  mostOutputTokens: number;
}

/** Asking the small model these questions: its answers are expected to be as long as the recorded ones. */
export function planQuestions(
  traces: readonly Trace[],
  recorded: string,
  price: Price | undefined,
): PlannedCalls {
  return sumOf(
    traces.map((trace): Call => {
      const answer = withTokens(trace, trace.attempts[recorded] ?? {});
      const most = trace.maxTokens ?? 0;
      const inputTokens = promptTokens(trace);
      return {
        inputTokens,
        mostInputTokens: mostTokens(inputTokens),
        outputTokens: Math.min(answer.outputTokens ?? 0, most),
        mostOutputTokens: most,
      };
    }),
    price,
  );
}

const VERDICT_TOKENS = 5;
/** What a server's template adds to a request: marks around each message, and perhaps a system message of its own. */
const TEMPLATE_TOKENS = 100;

/** The rough count is for English; digits, code and other scripts have more tokens, hardly more than twice as many. */
const mostTokens = (rough: number): number => 2 * rough + TEMPLATE_TOKENS;

/**
 * Asking a judge, twice an answer. Expected are those of open texts; at most all are asked, with answers as long as they may be.
 * @param judge the tokens of its prompt's own words, and the limit of its reply.
 */
export function planJudge(
  traces: readonly Trace[],
  recorded: string,
  judge: { price: Price | undefined; prompt: string; replyTokens: number },
): { expected: PlannedCalls; most: PlannedCalls } {
  const callsOf = (each: readonly Trace[], atMost: boolean): Call[] =>
    each.flatMap((trace) => {
      const answer = withTokens(trace, trace.attempts[recorded] ?? {}).outputTokens ?? 0;
      const other = atMost ? (trace.maxTokens ?? answer) : answer;
      const inputTokens = roughTokens(judge.prompt) + promptTokens(trace) + answer + other;
      const call = {
        inputTokens,
        mostInputTokens: mostTokens(inputTokens),
        outputTokens: VERDICT_TOKENS,
        mostOutputTokens: judge.replyTokens,
      };
      return [call, call];
    });
  const open = traces.filter((trace) => kindOf(trace, trace.attempts[recorded] ?? {}) === 'open');
  return {
    expected: sumOf(callsOf(open, false), judge.price),
    most: sumOf(callsOf(traces, true), judge.price),
  };
}

function sumOf(calls: readonly Call[], price: Price | undefined): PlannedCalls {
  const sum = (of: (call: Call) => number): number => calls.reduce((total, call) => total + of(call), 0);
  const planned = {
    calls: calls.length,
    inputTokens: sum(({ inputTokens }) => inputTokens),
    outputTokens: sum(({ outputTokens }) => outputTokens),
    mostOutputTokens: sum(({ mostOutputTokens }) => mostOutputTokens),
  };
  if (price === undefined) return planned;
  return {
    ...planned,
    expectedNanoUsd: sum((call) => billOf(price, call) ?? 0),
    mostNanoUsd: sum(
      (call) =>
        worstBillOf(price, { inputTokens: call.mostInputTokens, outputTokens: call.mostOutputTokens }) ?? 0,
    ),
  };
}
