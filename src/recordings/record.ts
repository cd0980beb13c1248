import { defined } from '../defined.ts';
import type { Completion, MessagePart } from '../protocol/common/chat.ts';
import { usageOf } from '../protocol/common/read-usage.ts';
import { billOf, usageParts, type Price } from '../routing/billing.ts';
import { textOfMessages } from '../routing/signals/request-text.ts';
import { tokensOfAnswer } from '../routing/signals/thinking.ts';
import type { Trace, TraceAttempt, TraceSource, TraceToken } from '../traces/trace.ts';
import { traceForm, traceMessages } from '../traces/trace.ts';
import { scoreAnswer } from '../traces/check.ts';

/** A chat completion as a recording needs it: the parsed body, and its latency. */
export interface RecordedReply {
  body: unknown;
  /** Absent if it would mean nothing, such as on a machine that was busy with other work. */
  latencyMs?: number;
}

export interface RecordTier {
  /** The tier's name: the key under `attempts`. */
  name: string;
  /** Whose answers it gives, as far as that is known; called once it has answered. */
  source?: () => TraceSource;
  /** Asks the model; throws if it cannot answer. */
  ask(body: Record<string, unknown>, signal: AbortSignal): Promise<RecordedReply>;
  price?: Price;
  /** The paid signals that the model is asked for about its own answers, one further call each. */
  paid?: { signals: readonly string[]; ask: AskPaid };
}

/**
 * Asks a model for a paid signal of its answer to a question. There is no value if the reply is not of the requested form.
 * Throws if the model cannot be asked.
 */
export type AskPaid = (
  trace: Trace,
  answer: TraceAttempt,
  name: string,
  signal: AbortSignal,
) => Promise<{ value?: number; costUsd?: number }>;

/** The paid signals that a recorded answer still lacks; none if its text was not stored, since the model needs the text. */
export function lackingSignals({ paid }: RecordTier, attempt: TraceAttempt): readonly string[] {
  if (paid === undefined || attempt.answer === undefined) return [];
  return paid.signals.filter((name) => attempt.paidSignals?.[name] === undefined);
}

/** The answer with the named paid signals, as far as its model gave them. */
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
    value === undefined ? [] : [[name, defined({ value: round(value), costUsd: rounded(costUsd) })]],
  );
  return came.length === 0
    ? attempt
    : { ...attempt, paidSignals: { ...attempt.paidSignals, ...Object.fromEntries(came) } };
}

/** Significant digits that are stored of a number: far more than any decision depends on. */
const DIGITS = 8;

/** How recorded answers are chosen, unless the model's own parameters say otherwise. */
export const RECORDED_SAMPLING = { temperature: 0 };

/** The request that asks a trace's question: deterministic, with the five likeliest tokens at each position. */
export function questionBody(trace: Trace): Record<string, unknown> {
  return defined({
    messages: traceMessages(trace),
    ...RECORDED_SAMPLING,
    seed: 1,
    logprobs: true,
    top_logprobs: 5,
    max_tokens: trace.maxTokens,
    ...traceForm(trace),
  });
}

/**
 * One model's reply as a trace stores it, scored by the question's checker if it has one.
 * @throws {TypeError} if the reply has no answer.
 */
export function toTraceAttempt(trace: Trace, tier: RecordTier, reply: RecordedReply): TraceAttempt {
  const body = reply.body as Partial<Completion>;
  const choice = body.choices?.[0];
  if (choice?.message == null) throw new TypeError('the reply has no choices[0].message');
  const { content, reasoning_content: thought, reasoning = thought } = choice.message;
  const answer = textOfMessages([{ content }]).join('');
  const usage = usageOf(body);
  const costNanoUsd = billOf(tier.price, usage);
  const scored = choice.logprobs?.content ?? undefined;
  // Reasoning that came beside the answer is not stored, so neither are its tokens: replay sees what live traffic did.
  const own = scored === undefined || (reasoning ?? '') === '' ? scored : tokensOfAnswer(answer, scored);
  // JSON cannot hold a number that is not finite; the line would be unreadable.
  const tokens = own
    ?.filter(isNumbered)
    .map(({ token: t, logprob, top_logprobs: alternatives }): TraceToken => {
      const stored: TraceToken = { t, lp: round(logprob) };
      if (Array.isArray(alternatives))
        stored.top = alternatives
          .filter(isNumbered)
          .map(({ token: text = '', logprob: each }): [string, number] => [text, round(each)]);
      return stored;
    });
  const toolCalls = callsOf(choice.message);
  const { check, reference } = trace;
  const fingerprint = body.system_fingerprint ?? undefined;
  return defined({
    source: tier.source === undefined ? undefined : { ...tier.source(), ...defined({ fingerprint }) },
    answer,
    score: check === undefined || reference === undefined ? undefined : scoreAnswer(check, reference, answer),
    costUsd: costNanoUsd === undefined ? undefined : costNanoUsd / 1e9,
    inputTokens: usage?.inputTokens,
    outputTokens: usage?.outputTokens,
    ...usageParts(usage ?? {}),
    latencyMs: reply.latencyMs === undefined ? undefined : Math.round(reply.latencyMs),
    tokens,
    toolCalls,
    finish: choice.finish_reason ?? undefined,
  });
}

/** The calls as live traffic reads them; the input of a tool that takes text is JSON too. `undefined` where none came. */
function callsOf({ tool_calls: listed, function_call: old }: MessagePart): TraceAttempt['toolCalls'] {
  if (!Array.isArray(listed) && old == null) return undefined;
  const all = [...(Array.isArray(listed) ? listed : []), ...(old == null ? [] : [{ function: old }])];
  return all.map((call) => {
    const custom = call?.custom;
    if (custom != null) return { name: custom.name ?? '', arguments: JSON.stringify(custom.input ?? '') };
    const given: unknown = call?.function?.arguments ?? '';
    // Some servers write the value itself.
    return {
      name: call?.function?.name ?? '',
      arguments: typeof given === 'string' ? given : JSON.stringify(given),
    };
  });
}

function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : round(value);
}

function round(value: number): number {
  return Number(value.toPrecision(DIGITS));
}

function isNumbered({ logprob }: { logprob: number }): boolean {
  return Number.isFinite(logprob);
}
