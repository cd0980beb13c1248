import {
  namesReason,
  showsSomething,
  type Choice,
  type Completion,
  type MessagePart,
  type TokenLogprob,
  type ToolCallPart,
} from '../protocol/common/chat.ts';
import { isObject } from '../protocol/common/list-of-entries.ts';
import { largerUsage, usageOf, type CountedUsage } from '../protocol/common/read-usage.ts';
import { createCallPlaces, type CallPlaces } from '../protocol/common/tool-calls.ts';
import type { Signals } from '../routing/attempt.ts';
import type { AnswerView } from '../routing/checks/expectations.ts';
import { textOfMessages } from '../routing/signals/request-text.ts';
import { createAnswerSignals } from '../routing/signals/read-signals.ts';
import { tokensOfAnswer, withoutThinking } from '../routing/signals/thinking.ts';
import type { SseEvent } from '../wire/sse.ts';
import type { Dialect } from './dialect.ts';
import type { AnswerOrigin } from './held-answer.ts';
import { createStreamBounds } from './stream-bounds.ts';
import { InvalidAnswer } from './upstream.ts';
import { withinStack } from './within-stack.ts';

/** Everything that is read from an answer, whether it came whole or in chunks. */
export interface ReadAnswer {
  view: AnswerView;
  signals: Signals;
  /** As the upstream counted. */
  usage?: CountedUsage;
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

/** No model makes as many; each is written anew for clients of another API, and judged by its schema. */
const MOST_CALLS = 1_000;

/** Reads the first choice: the gateway asks for one. @throws {InvalidAnswer} in `add`, for calls without end. */
export function createAnswerReader(): AnswerReader {
  const signals = createAnswerSignals();
  const calls: Call[] = [];
  let places: CallPlaces | undefined;
  const about: Pick<ReadAnswer, 'usage' | 'model' | 'upstreamId' | 'fingerprint'> = {};
  let text = '';
  let reasoning = '';
  let refusal: string | undefined;
  let finishReason: string | undefined;

  /** Puts the pieces of tool calls together. */
  function addCalls(parts: readonly ToolCallPart[]): void {
    const real = parts.filter((part) => typeof part === 'object' && part !== null);
    if (real.length > MOST_CALLS || calls.length > MOST_CALLS)
      throw new InvalidAnswer(`An answer with more than ${MOST_CALLS} calls of tools is none.`);
    for (const [position, place] of (places ??= createCallPlaces()).placesOf(real).entries()) {
      const part = real[position];
      if (part !== undefined) addPiece((calls[place] ??= { name: '', arguments: '' }), part);
    }
  }

  function addChoice(choice: Choice): void {
    const part = messageOf(choice);
    const parts = Array.isArray(part.content) ? partsOf(part.content) : undefined;
    const thought = textOf(part.reasoning_content) || textOf(part.reasoning) || (parts?.thought ?? '');
    const said = parts?.said ?? (textOf(part.content) || textOf(part.audio?.transcript));
    reasoning += thought;
    text += said;
    if (typeof part.refusal === 'string' && part.refusal !== '') refusal = (refusal ?? '') + part.refusal;
    if (Array.isArray(part.tool_calls)) addCalls(part.tool_calls);
    if (part.function_call != null) addCalls([{ index: 0, function: part.function_call }]);
    if (namesReason(choice.finish_reason)) finishReason = choice.finish_reason;
    const scored = choice.logprobs?.content;
    if (!Array.isArray(scored)) return;
    // What comes between the last reasoning and the first text of the answer only separates the two.
    if (thought === '' && reasoning !== '' && text === '') return;
    for (const token of thought === '' ? scored : tokensOfAnswer(said, scored)) {
      if (typeof token?.token === 'string' && typeof token.logprob === 'number')
        signals.add(measurable(token));
    }
  }

  return {
    add(part) {
      if (about.upstreamId === undefined && typeof part.id === 'string') about.upstreamId = part.id;
      if (about.model === undefined && typeof part.model === 'string' && part.model !== '')
        about.model = part.model;
      if (typeof part.system_fingerprint === 'string') about.fingerprint = part.system_fingerprint;
      const usage = usageOf(part);
      if (usage !== undefined) about.usage = largerUsage(about.usage, usage);
      const choice = part.choices.find(({ index }) => index === undefined || index === 0);
      if (choice !== undefined) addChoice(choice);
    },
    finish() {
      const view: AnswerView = {
        text,
        toolCalls: calls.map(({ name, arguments: given, custom }) => ({
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
        toolCallIds: calls.flatMap(({ id }) => (id === undefined ? [] : [id])),
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

function addPiece(call: Call, part: ToolCallPart): void {
  if (typeof part.id === 'string' && part.id !== '') call.id ??= part.id;
  if (part.custom != null) call.custom = true;
  const name = textOf(part.function?.name) + textOf(part.custom?.name);
  // Some servers say the name with every piece.
  if (call.arguments === '' && name !== call.name) call.name += name;
  call.arguments += textOf(part.function?.arguments) + textOf(part.custom?.input);
}

/** What a choice brings; servers send `null` for what is not there yet. */
function messageOf({ delta, message }: Choice): MessagePart {
  const part: unknown = delta ?? message;
  return isObject(part) ? part : {};
}

/** A token without alternatives that are none: `null`, junk, or without a number. */
function measurable(token: TokenLogprob): TokenLogprob {
  const alternatives: unknown = token.top_logprobs;
  if (alternatives === undefined) return token;
  if (!Array.isArray(alternatives)) return { token: token.token, logprob: token.logprob };
  if (alternatives.every(isScored)) return token;
  return { ...token, top_logprobs: alternatives.filter(isScored) };
}

function isScored(value: unknown): value is { token?: string; logprob: number } {
  return (
    typeof value === 'object' && value !== null && 'logprob' in value && typeof value.logprob === 'number'
  );
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
  /** Told what had been read of a stream that broke off, where something had. */
  onBroken: (read: ReadAnswer) => void;
}

/**
 * Reads an upstream's stream: into signals, and to the client at once where it is live.
 * @throws {InvalidAnswer} where the stream breaks off, or holds something that is no part of an answer; and what `events` throws.
 */
export async function readStream(
  events: AsyncIterable<SseEvent>,
  options: StreamOptions,
): Promise<StreamedAnswer> {
  const reader = createAnswerReader();
  const progress = { begun: false };
  try {
    return await readToEnd(events, reader, progress, options);
  } catch (error) {
    if (progress.begun) options.onBroken(reader.finish());
    throw error;
  }
}

async function readToEnd(
  events: AsyncIterable<SseEvent>,
  reader: AnswerReader,
  progress: { begun: boolean },
  { dialect, origin, upstream, callId, headers, live, onFirst, onEvent }: Omit<StreamOptions, 'onBroken'>,
): Promise<StreamedAnswer> {
  const openedEvents = dialect.openStream({ upstream });
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
    // A stream that is left before its end is no success to those who count them: what follows its last event is only its end.
    if (done) continue;
    const chunk = withinStack(upstream, () => openedEvents(event));
    if (chunk === 'heartbeat') continue;
    if (chunk === 'done') {
      done = true;
      continue;
    }
    const goesOut = live?.shownBy === callId;
    if (!goesOut) held.push(event);
    const part = bounds.count(event.data.length, chunk, goesOut);
    if (chunk !== undefined && part !== undefined) {
      progress.begun = true;
      reader.add(part);
      if (model === undefined && typeof chunk.model === 'string' && chunk.model !== '') model = chunk.model;
      answered ||= chunk.choices.length > 0 || chunk.usage == null;
      finished ||= chunk.choices.some((choice) => namesReason(choice.finish_reason));
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
