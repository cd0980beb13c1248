import { defined } from '../../defined.ts';
import { usageParts } from '../../routing/billing.ts';
import { paidSignalNamed } from '../../routing/signals/signals.ts';
import type { Trace, TraceAttempt } from '../../traces/trace.ts';
import type { Answer } from '../completion.ts';
import type { RecordedFacts } from '../upstream.ts';

/** Stands as `system_fingerprint` in everything that was recorded. */
export const RECORDED = 'recorded';

/** A recorded answer: what goes on the wire, and what the wire has no place for. */
export interface Recalled {
  answer: Answer;
  facts: RecordedFacts;
}

/**
 * What this model once answered, or what asking it for a paid signal of that answer gave.
 * @returns `undefined` where that was not recorded.
 */
export function recall(trace: Trace, model: string, paid: string | undefined): Recalled | undefined {
  const attempt = trace.attempts[model];
  if (attempt === undefined) return undefined;
  if (paid === undefined) return { answer: answerOf(trace, attempt, model), facts: factsOf(attempt) };
  const recorded = attempt.paidSignals?.[paid];
  if (recorded === undefined) return undefined;
  const { value, costUsd } = recorded;
  // A signal that only recordings have is stated as a percentage.
  const reply = paidSignalNamed(paid)?.replyOf(value) ?? { content: String(Math.round(value * 100)) };
  return {
    answer: { ...envelope(trace, model), ...reply },
    facts: { signals: { [paid]: value }, paidSignals: [], ...nanoUsd(costUsd), hasText: false },
  };
}

function envelope(
  { id }: Trace,
  model: string,
): Pick<Answer, 'id' | 'created' | 'model' | 'fingerprint' | 'finish'> {
  return {
    id: `chatcmpl-${RECORDED}-${id}`,
    created: Math.floor(Date.now() / 1_000),
    model,
    fingerprint: RECORDED,
    finish: 'stop',
  };
}

function answerOf(trace: Trace, attempt: TraceAttempt, model: string): Answer {
  const { answer = '', tokens, toolCalls, finish, inputTokens, outputTokens } = attempt;
  const called = toolCalls !== undefined && toolCalls.length > 0;
  return {
    ...envelope(trace, model),
    content: called && answer === '' ? null : answer,
    ...(tokens === undefined
      ? {}
      : {
          tokens: tokens.map(({ t, lp, top }) => ({
            text: t,
            logprob: lp,
            ...defined({ top }),
          })),
        }),
    ...(called
      ? {
          toolCalls: toolCalls.map((call, index) => ({
            id: `call_${trace.id}_${index}`,
            name: call.name,
            arguments: call.arguments,
          })),
        }
      : {}),
    finish: finish ?? (called ? 'tool_calls' : 'stop'),
    ...(inputTokens === undefined || outputTokens === undefined
      ? {}
      : { usage: { inputTokens, outputTokens, ...usageParts(attempt as Parameters<typeof usageParts>[0]) } }),
  };
}

function factsOf(attempt: TraceAttempt): RecordedFacts {
  const { signals = {}, paidSignals = {}, costUsd, answer, toolCalls, vetoes } = attempt;
  return {
    signals,
    paidSignals: Object.keys(paidSignals),
    ...nanoUsd(costUsd),
    hasText: answer !== undefined || toolCalls !== undefined,
    ...defined({ vetoes }),
  };
}

function nanoUsd(usd: number | undefined): Pick<RecordedFacts, 'costNanoUsd'> {
  return usd === undefined ? {} : { costNanoUsd: Math.round(usd * 1e9) };
}
