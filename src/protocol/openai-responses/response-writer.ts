import { formatEvent } from '../../wire/sse.ts';
import {
  namesReason,
  type Completion,
  type MessagePart,
  type TokenLogprob,
  type ToolCallPart,
} from '../common/chat.ts';
import { largerUsage, usageOf, type CountedUsage } from '../common/read-usage.ts';
import { incompleteReasonOf } from '../common/responses-format.ts';
import { createCallPlaces } from '../common/tool-calls.ts';
import { wordsOfMessage } from '../common/words-of-message.ts';
import type { ClientExchange } from '../protocol.ts';
import {
  itemId,
  openCall,
  openWords,
  type OpenCall,
  type OpenItem,
  type OpenWords,
  type PartKind,
} from './output-items.ts';
import { createResponseText, type ResponseState } from './response-shell.ts';
import { writeJson } from '../../wire/write-json.ts';

/** Writes an answer of the common form as a response: its events as they come, and the whole. */
export interface ResponseWriter {
  /** The events for a completion, or for the next chunk of one; empty where it brings nothing. */
  add(part: Completion): string;
  /** Ends the items. @returns the events of it, and the whole response with the event that ends the stream. */
  finish(): { events: string; response: string; last: string };
  /** The number of the next event. */
  nextNumber(): number;
}

/** @param logprobs whether the client asked for them, and for how many alternatives. */
export function createResponseWriter(
  { id, request }: Pick<ClientExchange, 'id' | 'request'>,
  nowMs: number,
): ResponseWriter {
  const { chat, text } = request;
  const wanted = chat.logprobs === true ? { alternatives: chat.top_logprobs ?? 0 } : undefined;
  const places = createCallPlaces();
  const items: OpenItem[] = [];
  const calls: OpenCall[] = [];
  /** How many of the calls have been told to show themselves: those before the newest. */
  let shown = 0;
  let words: { kind: 'message' | 'reasoning'; item: OpenWords } | undefined;
  let number = 0;
  let writeResponse: ((state: ResponseState) => string) | undefined;
  let model = chat.model;
  let createdAt = Math.floor(nowMs / 1_000);
  let usage: CountedUsage | undefined;
  let finishReason: string | undefined;

  const event = (type: string, json: string): string =>
    formatEvent(`{"type":${JSON.stringify(type)},"sequence_number":${number++},${json.slice(1)}`, type);
  const write = (type: string, members: object): string => event(type, writeJson(members));
  const done: string[] = [];

  function responseText(state: ResponseState): string {
    writeResponse ??= createResponseText({ id, createdAt, model, asked: text, kept: request.keep === true });
    return writeResponse(state);
  }

  function begin(): string {
    if (number > 0) return '';
    const response = `{"response":${responseText({ status: 'in_progress', output: [] })}}`;
    return event('response.created', response) + event('response.in_progress', response);
  }

  function closeWords(status: 'completed' | 'incomplete'): string {
    const events = words?.item.close(status) ?? '';
    words = undefined;
    return events;
  }

  function say(kind: PartKind, delta: string, logprobs: readonly TokenLogprob[]): string {
    if (delta === '') return '';
    const of = kind === 'reasoning_text' ? 'reasoning' : 'message';
    let events = '';
    if (words?.kind !== of) {
      events += closeWords('completed');
      const index = items.length;
      const item = openWords(of, { id: itemId(of === 'message' ? 'msg' : 'rs', id, index), index, write });
      items.push(item);
      words = { kind: of, item };
    }
    return events + (words?.item.say(kind, delta, logprobs) ?? '');
  }

  function addCalls(parts: readonly ToolCallPart[]): string {
    const real = parts.filter((part) => typeof part === 'object' && part !== null);
    if (real.length === 0) return '';
    let events = closeWords('completed');
    for (const [position, place] of places.placesOf(real).entries()) {
      const part = real[position];
      if (part === undefined) continue;
      // Calls keep their order: one that has no arguments so far is shown before the next.
      if (calls[place] === undefined)
        for (; shown < calls.length; shown += 1) events += calls[shown]?.show() ?? '';
      events += (calls[place] ??= newCall(place)).add(part);
    }
    return events;
  }

  function newCall(place: number): OpenCall {
    const call: OpenCall = openCall({ responseId: id, write, nextIndex: () => items.push(call) - 1 }, place);
    return call;
  }

  return {
    add(part) {
      if (typeof part.model === 'string' && part.model !== '' && writeResponse === undefined)
        model = part.model;
      // JSON has numbers that JavaScript reads as infinite, and cannot write.
      if (Number.isSafeInteger(part.created) && Number(part.created) > 0 && writeResponse === undefined)
        createdAt = Number(part.created);
      const counted = usageOf(part);
      if (counted !== undefined) usage = largerUsage(usage, counted);
      const choice = part.choices.find(({ index }) => index === undefined || index === 0);
      if (choice === undefined) return '';
      const message: MessagePart = choice.delta ?? choice.message ?? {};
      if (namesReason(choice.finish_reason)) finishReason = choice.finish_reason;
      const { thought, said } = wordsOfMessage({ ...message, refusal: null });
      const scored = wanted === undefined ? [] : scoredOf(choice.logprobs?.content, wanted.alternatives);
      return (
        begin() +
        say('reasoning_text', thought, []) +
        say('output_text', said, scored) +
        say('refusal', typeof message.refusal === 'string' ? message.refusal : '', []) +
        addCalls(Array.isArray(message.tool_calls) ? message.tool_calls : []) +
        addCalls(message.function_call == null ? [] : [{ index: 0, function: message.function_call }])
      );
    },
    finish() {
      const status = incompleteReasonOf(finishReason ?? '') === undefined ? 'completed' : 'incomplete';
      let events = begin() + closeWords(status);
      for (const call of calls) events += call.close(status);
      for (const item of items) done.push(writeJson(item.item(status)));
      const response = responseText({
        status,
        output: done,
        usage,
        ...(finishReason === undefined ? {} : { finishReason }),
      });
      return { events, response, last: event(`response.${status}`, `{"response":${response}}`) };
    },
    nextNumber: () => number,
  };
}

function scoredOf(tokens: unknown, alternatives: number): TokenLogprob[] {
  if (!Array.isArray(tokens)) return [];
  return (tokens as TokenLogprob[])
    .filter((token) => typeof token?.token === 'string' && typeof token.logprob === 'number')
    .map((token) =>
      Array.isArray(token.top_logprobs)
        ? { ...token, top_logprobs: token.top_logprobs.slice(0, alternatives) }
        : token,
    );
}
