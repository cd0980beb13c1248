import { showsSomething, type Choice, type Completion, type ToolCallPart } from '../protocol/common/chat.ts';
import type { Signals } from '../routing/attempt.ts';
import type { AnswerView } from '../routing/checks.ts';
import { textOfMessages } from '../routing/signals/request-text.ts';
import { createAnswerSignals } from '../routing/signals/read-signals.ts';
import { tokensOfAnswer, withoutThinking } from '../routing/signals/thinking.ts';
import type { SseEvent } from '../wire/sse.ts';
import type { Dialect } from './dialect.ts';
import type { AnswerOrigin } from './held-answer.ts';
import { createStreamBounds } from './stream-bounds.ts';
import { InvalidAnswer } from './upstream.ts';

/** Everything that is read from an answer, whether it came whole or in chunks. */
export interface ReadAnswer {
  view: AnswerView;
  signals: Signals;
  /** As the upstream counted. */
  usage?: { inputTokens: number; outputTokens: number; reasoningTokens?: number };
  /** Reasoning that came beside the text. */
  reasoning: string;
  toolCallIds: readonly string[];
  model?: string;
  upstreamId?: string;
  fingerprint?: string;
}

export interface AnswerReader {
  /** Reads a completion, or the next chunk of one. */
  add(part: Completion): void;
  finish(): ReadAnswer;
}

interface Call {
  id?: string;
  name: string;
  arguments: string;
  /** Its arguments are text. */
  custom?: true;
}

/** Reads the first choice: the gateway asks for one. */
export function createAnswerReader(): AnswerReader {
  const signals = createAnswerSignals();
  const calls: Call[] = [];
  const about: Pick<ReadAnswer, 'usage' | 'model' | 'upstreamId' | 'fingerprint'> = {};
  let text = '';
  let reasoning = '';
  let refusal: string | undefined;
  let finishReason: string | undefined;

  function addChoice(choice: Choice): void {
    const part = choice.delta ?? choice.message ?? {};
    const parts = Array.isArray(part.content) ? partsOf(part.content) : undefined;
    const thought = textOf(part.reasoning_content) || textOf(part.reasoning) || (parts?.thought ?? '');
    const said = parts?.said ?? (textOf(part.content) || textOf(part.audio?.transcript));
    reasoning += thought;
    text += said;
    if (typeof part.refusal === 'string' && part.refusal !== '') refusal = (refusal ?? '') + part.refusal;
    if (Array.isArray(part.tool_calls)) addCalls(calls, part.tool_calls);
    if (part.function_call != null) addCalls(calls, [{ function: part.function_call }]);
    if (typeof choice.finish_reason === 'string') finishReason = choice.finish_reason;
    const scored = choice.logprobs?.content;
    if (!Array.isArray(scored)) return;
    // What comes between the last reasoning and the first text of the answer only separates the two.
    if (thought === '' && reasoning !== '' && text === '') return;
    for (const token of thought === '' ? scored : tokensOfAnswer(said, scored)) {
      if (typeof token?.token === 'string' && typeof token.logprob === 'number') signals.add(token);
    }
  }

  return {
    add(part) {
      if (about.upstreamId === undefined && typeof part.id === 'string') about.upstreamId = part.id;
      if (about.model === undefined && typeof part.model === 'string' && part.model !== '')
        about.model = part.model;
      if (typeof part.system_fingerprint === 'string') about.fingerprint = part.system_fingerprint;
      const usage = usageOf(part);
      if (usage !== undefined) about.usage = usage;
      const choice = part.choices.find(({ index }) => index === undefined || index === 0);
      if (choice !== undefined) addChoice(choice);
    },
    finish() {
      const view: AnswerView = {
        text,
        toolCalls: calls
          .filter((call) => call !== undefined)
          .map(({ name, arguments: given, custom }) => ({
            name,
            arguments: custom === true ? JSON.stringify(given) : given,
          })),
      };
      if (refusal !== undefined) view.refusal = refusal;
      if (finishReason !== undefined) view.finishReason = finishReason;
      return {
        ...about,
        view,
        signals: signals.finish(text, about.usage?.outputTokens),
        reasoning,
        toolCallIds: calls.flatMap((call) => (call?.id === undefined ? [] : [call.id])),
      };
    },
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Text and thinking of a content that is a list of parts, as Mistral's. */
function partsOf(content: readonly unknown[]): { said: string; thought: string } {
  const thoughts = content.flatMap((part) =>
    typeof part === 'object' && part !== null && 'thinking' in part ? [{ content: part.thinking }] : [],
  );
  return { said: textOfMessages([{ content }]).join(''), thought: textOfMessages(thoughts).join('') };
}

/** Puts the pieces of tool calls together. A piece without an index belongs to its position in the list. */
function addCalls(calls: Call[], parts: readonly ToolCallPart[]): void {
  parts.forEach((part, position) => {
    const index =
      typeof part.index === 'number' && part.index >= 0 && part.index < 1_000 ? part.index : position;
    const call = (calls[index] ??= { name: '', arguments: '' });
    if (typeof part.id === 'string' && part.id !== '') call.id = part.id;
    if (part.custom != null) call.custom = true;
    call.name += textOf(part.function?.name) + textOf(part.custom?.name);
    call.arguments += textOf(part.function?.arguments) + textOf(part.custom?.input);
  });
}

function usageOf({ usage }: Completion): ReadAnswer['usage'] {
  if (usage == null || !isCount(usage.prompt_tokens) || !isCount(usage.completion_tokens)) return undefined;
  const thought = usage.completion_tokens_details?.reasoning_tokens;
  return {
    inputTokens: usage.prompt_tokens,
    outputTokens: usage.completion_tokens,
    ...(isCount(thought) ? { reasoningTokens: thought } : {}),
  };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** The answer's text without thinking. Tool calls become text, because servers accept them as calls only if their results follow. */
export function answerText({
  text = '',
  refusal = '',
  toolCalls,
}: Pick<AnswerView, 'text' | 'refusal' | 'toolCalls'>): string {
  const calls = toolCalls.map((call) => `${call.name}(${call.arguments})`);
  return [withoutThinking(text).trim(), refusal, ...calls].filter((part) => part !== '').join('\n');
}

/** Where an answer goes while it comes. */
export interface LiveStream {
  /** The call whose answer the client sees; `undefined` before the first of its characters. */
  shownBy: number | undefined;
  /**
   * The first characters are about to go out: headers follow from here.
   * @param from.headers the upstream's; @param from.model what it calls the model, where it has said so.
   */
  show(callId: number, from: { headers: Readonly<Record<string, string>>; model: string | undefined }): void;
  /** The client's text for one event of the answer; empty where the client gets nothing of it. */
  render(origin: AnswerOrigin, event: SseEvent, chunk: Completion | undefined): string;
  /** Resolves when the client can take more. */
  write(text: string): Promise<void>;
}

export interface StreamedAnswer {
  read: ReadAnswer;
  /** As they came; none of an answer that went out live, which is not kept. */
  events: readonly SseEvent[];
}

export interface StreamOptions {
  dialect: Dialect;
  origin: AnswerOrigin;
  /** The upstream's name. */
  upstream: string;
  callId: number;
  headers: Readonly<Record<string, string>>;
  live: LiveStream | undefined;
  /** Told once, at the first chunk with something to show. */
  onFirst: () => void;
  /** Told of the characters of each event, and whether it goes out at once; may abort the call. */
  onEvent?: (characters: number, live: boolean) => void;
}

/**
 * Reads an upstream's stream: into signals, and to the client at once where it is live.
 * @throws {InvalidAnswer} where the stream breaks off, or holds something that is no part of an answer; and what `events` throws.
 */
export async function readStream(
  events: AsyncIterable<SseEvent>,
  { dialect, origin, upstream, callId, headers, live, onFirst, onEvent }: StreamOptions,
): Promise<StreamedAnswer> {
  const reader = createAnswerReader();
  const readEvent = dialect.openStream({ upstream });
  const bounds = createStreamBounds(upstream, onEvent);
  const held: SseEvent[] = [];
  /** Chunks of a live answer that has nothing to show yet: another answer may still take its place. */
  const waiting: (Completion | undefined)[] = [];
  let begun = false;
  let model: string | undefined;
  let answered = false;
  let finished = false;
  let done = false;
  for await (const event of events) {
    const chunk = readEvent(event);
    if (chunk === 'done') {
      done = true;
      break;
    }
    const goesOut = live?.shownBy === callId;
    if (!goesOut) held.push(event);
    const part = bounds.count(event.data.length, chunk, goesOut);
    if (chunk !== undefined && part !== undefined) {
      reader.add(part);
      if (model === undefined && typeof chunk.model === 'string' && chunk.model !== '') model = chunk.model;
      answered ||= chunk.choices.length > 0 || chunk.usage == null;
      finished ||= chunk.choices.some((choice) => typeof choice.finish_reason === 'string');
      if (!begun && showsSomething(chunk)) {
        begun = true;
        onFirst();
      }
    }
    if (live === undefined) continue;
    if (!begun) {
      waiting.push(chunk);
      continue;
    }
    if (live.shownBy === undefined) live.show(callId, { headers, model });
    let text = '';
    if (waiting.length > 0) {
      for (const [position, early] of waiting.splice(0).entries()) {
        const earlyEvent = held[position];
        if (earlyEvent !== undefined) text += live.render(origin, earlyEvent, early);
      }
    }
    // What has gone out is not kept: nothing can take its place.
    held.length = 0;
    await live.write(text + live.render(origin, event, chunk));
  }
  if (!answered)
    throw new InvalidAnswer(`Upstream '${upstream}' answered with a stream that has no chunk in it.`);
  if (!done && !finished) {
    throw new InvalidAnswer(
      `The stream of upstream '${upstream}' ended in the middle: neither a reason to end nor the end itself came.`,
      'upstream_error',
    );
  }
  return { read: reader.finish(), events: held };
}
