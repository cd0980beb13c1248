import { defined } from '../defined.ts';
import type { CountedUsage } from '../protocol/common/read-usage.ts';

/** One token of an answer: text, log-probability, and the most likely alternatives with theirs, the chosen one included. */
export interface AnswerToken {
  text: string;
  logprob: number;
  top?: readonly (readonly [string, number])[];
}

/** An answer to be put into OpenAI's shape. */
export interface Answer {
  id: string;
  /** Seconds since the epoch. */
  created: number;
  model: string;
  fingerprint: string;
  /** Null where the answer is tool calls alone. */
  content: string | null;
  tokens?: readonly AnswerToken[];
  toolCalls?: readonly { id: string; name: string; arguments: string }[];
  finish: string;
  usage?: CountedUsage;
  /** Further fields of the completion, and of each chunk. */
  extra?: Readonly<Record<string, unknown>>;
}

/** What a request wants beside the text. */
export interface Wanted {
  logprobs: boolean;
  /** Alternatives at each place, 0 or more. */
  topLogprobs: number;
  /** A last chunk with the usage. */
  streamUsage: boolean;
}

export function wantedBy(body: Readonly<Record<string, unknown>>): Wanted {
  const { logprobs, top_logprobs: top, stream_options: options } = body;
  const usage =
    typeof options === 'object' &&
    options !== null &&
    'include_usage' in options &&
    options.include_usage === true;
  return { logprobs: logprobs === true, topLogprobs: typeof top === 'number' ? top : 0, streamUsage: usage };
}

/** The answer as a `chat.completion`. */
export function completionBody(answer: Answer, wanted: Wanted): Record<string, unknown> {
  const toolCalls = answer.toolCalls?.map(toolCall);
  const tokens = answer.tokens;
  return {
    ...envelope('chat.completion', answer),
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: answer.content,
          ...(toolCalls === undefined ? {} : { tool_calls: toolCalls }),
        },
        logprobs:
          wanted.logprobs && tokens !== undefined
            ? { content: tokens.map((token) => entry(token, wanted)) }
            : null,
        finish_reason: answer.finish,
      },
    ],
    ...(answer.usage === undefined ? {} : { usage: usageBody(answer.usage) }),
    ...answer.extra,
  };
}

/** The answer as the JSON of `chat.completion.chunk`s, token by token; `[DONE]` is not among them. */
export function completionChunks(answer: Answer, wanted: Wanted): string[] {
  const chunk = (choices: Record<string, unknown>[], more: Record<string, unknown> = {}) =>
    JSON.stringify({
      ...envelope('chat.completion.chunk', answer),
      choices: choices.map((choice) => ({ index: 0, logprobs: null, finish_reason: null, ...choice })),
      ...more,
      ...answer.extra,
    });
  return [
    chunk([{ delta: { role: 'assistant', content: answer.content === null ? null : '' } }]),
    ...pieces(answer, wanted).map((piece) => chunk([piece])),
    ...(answer.toolCalls ?? []).map((call, index) =>
      chunk([{ delta: { tool_calls: [{ index, ...toolCall(call) }] } }]),
    ),
    chunk([{ delta: {}, finish_reason: answer.finish }]),
    ...(wanted.streamUsage && answer.usage !== undefined
      ? [chunk([], { usage: usageBody(answer.usage) })]
      : []),
  ];
}

function pieces({ content, tokens }: Answer, wanted: Wanted): Record<string, unknown>[] {
  const logprobs = (some: readonly AnswerToken[]) =>
    wanted.logprobs ? { logprobs: { content: some.map((token) => entry(token, wanted)) } } : {};
  if (content === null) return [];
  // Servers trim answers, and split characters between tokens: only tokens that make up the text can stand for it.
  if (tokens !== undefined && tokens.map(({ text }) => text).join('') === content) {
    return tokens.map((token) => ({ delta: { content: token.text }, ...logprobs([token]) }));
  }
  return [{ delta: { content }, ...(tokens === undefined ? {} : logprobs(tokens)) }];
}

function envelope(object: string, { id, created, model, fingerprint }: Answer): Record<string, unknown> {
  return { id, object, created, model, system_fingerprint: fingerprint };
}

function toolCall({ id, name, arguments: text }: { id: string; name: string; arguments: string }) {
  return { id, type: 'function', function: { name, arguments: text } };
}

function usageBody({ inputTokens, outputTokens, otherTokens: other = {}, ...parts }: CountedUsage) {
  const input = defined({
    cached_tokens: parts.cachedInputTokens,
    cache_write_tokens: parts.cacheWriteTokens,
    cache_write_1h_tokens: parts.cacheWriteHourTokens,
    audio_tokens: other.audioInput,
    image_tokens: other.imageInput,
  });
  const output = defined({
    reasoning_tokens: parts.reasoningTokens,
    audio_tokens: other.audioOutput,
    image_tokens: other.imageOutput,
  });
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    ...(Object.keys(input).length === 0 ? {} : { prompt_tokens_details: input }),
    ...(Object.keys(output).length === 0 ? {} : { completion_tokens_details: output }),
  };
}

function entry({ text, logprob, top }: AnswerToken, { topLogprobs }: Wanted) {
  const one = (token: string, value: number) => ({ token, logprob: value, bytes: [...Buffer.from(token)] });
  const alternatives = (top ?? []).slice(0, topLogprobs);
  return { ...one(text, logprob), top_logprobs: alternatives.map(([token, value]) => one(token, value)) };
}
