import type { Completion } from '../protocol/common/chat.ts';
import { textOfMessages } from '../routing/signals/request-text.ts';
import { tokensOfAnswer } from '../routing/signals/thinking.ts';
import type { Trace, TraceAttempt, TraceToken } from '../traces/trace.ts';
import { traceMessages } from '../traces/trace.ts';
import { scoreAnswer } from '../traces/check.ts';

/** A chat completion as a recording needs it: the parsed body, and how long it took. */
export interface RecordedReply {
  body: unknown;
  /** Absent where it says nothing: on a machine that was busy with other work. */
  latencyMs?: number;
}

export interface RecordTier {
  /** The tier's name: the key under `attempts`. */
  name: string;
  /** Asks the model; throws where it cannot answer. */
  ask(body: Record<string, unknown>, signal: AbortSignal): Promise<RecordedReply>;
  /** USD per million tokens. */
  price?: { input: number; output: number };
  /** What it is asked about its own answers, a further call each. */
  paid?: { signals: readonly string[]; ask: AskPaid };
}

/**
 * Asks a model for a paid signal of the answer that it gave to a question; no value where it replied with something else
 * than was asked for. Throws where the model cannot be asked.
 */
export type AskPaid = (
  trace: Trace,
  answer: TraceAttempt,
  name: string,
  signal: AbortSignal,
) => Promise<{ value?: number; costUsd?: number }>;

/** The paid signals that a recorded answer still lacks; none where its text was not kept, for nobody can ask about that. */
export function lackingSignals({ paid }: RecordTier, attempt: TraceAttempt): readonly string[] {
  if (paid === undefined || attempt.answer === undefined) return [];
  return paid.signals.filter((name) => attempt.paidSignals?.[name] === undefined);
}

/** The answer with what its model thinks of it, as far as it said so. */
export async function withPaidSignals(
  trace: Trace,
  { paid }: RecordTier,
  attempt: TraceAttempt,
  names: readonly string[],
  signal: AbortSignal,
): Promise<TraceAttempt> {
  const asked = await Promise.all(
    names.map(async (name) => ({ name, ...(await paid?.ask(trace, attempt, name, signal)) })),
  );
  const came = asked.flatMap(({ name, value, costUsd }) =>
    value === undefined
      ? []
      : [[name, { value: round(value), ...(costUsd === undefined ? {} : { costUsd: round(costUsd) }) }]],
  );
  return came.length === 0
    ? attempt
    : { ...attempt, paidSignals: { ...attempt.paidSignals, ...Object.fromEntries(came) } };
}

/** Digits kept of a log-probability: eight significant ones lose nothing that a decision can see. */
const DIGITS = 8;

/** The request that asks a question of a trace: deterministic, with the five most likely tokens at each place. */
export function questionBody(trace: Trace): Record<string, unknown> {
  return {
    messages: traceMessages(trace),
    temperature: 0,
    seed: 1,
    logprobs: true,
    top_logprobs: 5,
    ...(trace.maxTokens === undefined ? {} : { max_tokens: trace.maxTokens }),
    ...(trace.tools === undefined ? {} : { tools: trace.tools }),
    ...(trace.responseFormat === undefined ? {} : { response_format: trace.responseFormat }),
  };
}

/**
 * What one model answered, as a trace keeps it; scored by the question's checker where it has one.
 * @throws {TypeError} where the reply holds no answer.
 */
export function toTraceAttempt(trace: Trace, tier: RecordTier, reply: RecordedReply): TraceAttempt {
  const body = reply.body as Partial<Completion>;
  const choice = body.choices?.[0];
  if (choice?.message === undefined) throw new TypeError('the reply has no choices[0].message');
  const { content, reasoning_content: thought, reasoning = thought } = choice.message;
  const answer = textOfMessages([{ content }]).join('');
  const { prompt_tokens: inputTokens, completion_tokens: outputTokens } = body.usage ?? {};
  const scored = choice.logprobs?.content ?? undefined;
  // A trace keeps no reasoning that came beside the answer, so it keeps none of its tokens: replay sees what live did.
  const own = scored === undefined || (reasoning ?? '') === '' ? scored : tokensOfAnswer(answer, scored);
  // A number beyond what JSON can hold would make the line unreadable.
  const tokens = own?.filter(isNumbered).map((token): TraceToken => ({
    t: token.token,
    lp: round(token.logprob),
    ...(token.top_logprobs === undefined
      ? {}
      : {
          top: token.top_logprobs
            .filter(isNumbered)
            .map(({ token: text = '', logprob }): [string, number] => [text, round(logprob)]),
        }),
  }));
  const toolCalls = choice.message.tool_calls?.map((call) => ({
    name: call.function?.name ?? '',
    arguments: call.function?.arguments ?? '',
  }));
  return {
    answer,
    ...(trace.check === undefined || trace.reference === undefined
      ? {}
      : { score: scoreAnswer(trace.check, trace.reference, answer) }),
    ...(tier.price === undefined || inputTokens === undefined || outputTokens === undefined
      ? {}
      : { costUsd: round((inputTokens * tier.price.input + outputTokens * tier.price.output) / 1e6) }),
    ...(inputTokens === undefined ? {} : { inputTokens }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
    ...(reply.latencyMs === undefined ? {} : { latencyMs: Math.round(reply.latencyMs) }),
    ...(tokens === undefined ? {} : { tokens }),
    ...(toolCalls === undefined ? {} : { toolCalls }),
    ...(choice.finish_reason == null ? {} : { finish: choice.finish_reason }),
  };
}

function round(value: number): number {
  return Number(value.toPrecision(DIGITS));
}

function isNumbered({ logprob }: { logprob: number }): boolean {
  return Number.isFinite(logprob);
}
