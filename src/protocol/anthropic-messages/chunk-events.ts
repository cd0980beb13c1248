import { UNSIGNED } from '../common/anthropic-format.ts';
import { namesReason, type Choice, type Completion, type ToolCallPart } from '../common/chat.ts';
import { largerUsage, usageOf, type CountedUsage } from '../common/read-usage.ts';
import { createCallPlaces } from '../common/tool-calls.ts';
import { wordsOfMessage } from '../common/words-of-message.ts';
import { blockDelta, blockStart, blockStop, endEvents, namedEvent } from './message-events.ts';
import { endOf, toolIdOf, toolUseText, usageBody, type ShownTo } from './message-blocks.ts';

/** Writes the chunks of one answer as Anthropic's events. */
export interface ChunkEvents {
  /** The events for the next chunk; empty where it brings nothing to show. */
  add(chunk: Completion): string;
  /** What was still open, before `end`. */
  close(): string;
  /** The events that end the message. */
  end(): string;
}

interface Call {
  id: string;
  name: string;
  /** Arguments that have not gone out. */
  waiting: string;
}

/**
 * Blocks come one after the other: text and thinking as they come, and of several calls the first that is not whole; the
 * pieces of the others wait for it.
 */
export function createChunkEvents(shown: ShownTo): ChunkEvents {
  const places = createCallPlaces();
  const calls: Call[] = [];
  /** The next call to be shown, and whether its block is open. */
  let current = 0;
  let isCallOpen = false;
  let open: 'text' | 'thinking' | undefined;
  let index = 0;
  let started = false;
  let model = '';
  let usage: CountedUsage | undefined;
  let last: Choice = {};

  function start(): string {
    if (started) return '';
    started = true;
    const message = {
      id: shown.id,
      type: 'message',
      role: 'assistant',
      model: model === '' ? shown.model : model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      stop_details: null,
      container: null,
      usage: usageBody(usage),
    };
    return namedEvent('message_start', JSON.stringify({ type: 'message_start', message }));
  }

  function closeWords(): string {
    if (open === undefined) return '';
    const signature =
      open === 'thinking'
        ? blockDelta(index, JSON.stringify({ type: 'signature_delta', signature: UNSIGNED }))
        : '';
    open = undefined;
    return signature + blockStop(index++);
  }

  function say(kind: 'text' | 'thinking', text: string): string {
    if (text === '') return '';
    let events = closeCall();
    if (open !== kind) {
      const block =
        kind === 'text'
          ? { type: 'text', text: '', citations: null }
          : { type: 'thinking', thinking: '', signature: '' };
      events += closeWords() + blockStart(index, JSON.stringify(block));
      open = kind;
    }
    return events + blockDelta(index, JSON.stringify({ type: `${kind}_delta`, [kind]: text }));
  }

  /** Ends the block of a call; it gets no more pieces. */
  function closeCall(): string {
    if (!isCallOpen) return '';
    const events = sendArguments() + blockStop(index++);
    isCallOpen = false;
    current += 1;
    return events;
  }

  function sendArguments(): string {
    const call = calls[current];
    if (call === undefined || call.waiting === '') return '';
    const delta = JSON.stringify({ type: 'input_json_delta', partial_json: call.waiting });
    call.waiting = '';
    return blockDelta(index, delta);
  }

  function openCall(call: Call): string {
    const block = toolUseText({ id: toolIdOf(call.id, current, shown), name: call.name, input: '{}' });
    const events = closeWords() + blockStart(index, block);
    isCallOpen = true;
    return events;
  }

  /** Shows what can be shown of the calls. @param all no more pieces come */
  function showCalls(all: boolean): string {
    let events = '';
    for (;;) {
      const call = calls[current];
      if (call === undefined) return events;
      // Until its arguments begin, its name may not be whole.
      if (!isCallOpen && (call.waiting !== '' || all)) events += openCall(call);
      if (isCallOpen) events += sendArguments();
      if (!all && (calls[current + 1] === undefined || !places.isWhole(current))) return events;
      if (!isCallOpen) events += openCall(call);
      events += closeCall();
    }
  }

  function addCalls(parts: readonly ToolCallPart[]): string {
    const real = parts.filter((part) => typeof part === 'object' && part !== null);
    for (const [position, place] of places.placesOf(real).entries()) {
      const part = real[position];
      // A piece of a call whose block has ended has nowhere to go.
      if (part !== undefined && place >= current)
        addPiece((calls[place] ??= { id: '', name: '', waiting: '' }), part);
    }
    return showCalls(false);
  }

  return {
    add(chunk) {
      if (model === '' && typeof chunk.model === 'string') model = chunk.model;
      const counted = usageOf(chunk);
      if (counted !== undefined) usage = largerUsage(usage, counted);
      const choice = chunk.choices.find((each) => each.index === undefined || each.index === 0);
      if (choice === undefined) return '';
      const part = choice.delta ?? choice.message ?? {};
      const { thought, said } = wordsOfMessage(part);
      let events = start();
      if (shown.thinking) events += say('thinking', thought);
      events += say('text', said);
      if (Array.isArray(part.tool_calls)) events += addCalls(part.tool_calls);
      const refusal = part.refusal ?? last.delta?.refusal;
      if (namesReason(choice.finish_reason)) last = { ...last, ...choice };
      if (refusal != null) last = { ...last, delta: { refusal } };
      return events;
    },
    close: () => start() + showCalls(true) + closeWords(),
    end() {
      const { reason, sequence, details } = endOf(last, shown);
      const delta = {
        stop_reason: reason,
        stop_sequence: sequence,
        stop_details: details,
        container: null,
      };
      return endEvents(JSON.stringify(delta), JSON.stringify(usageBody(usage)));
    },
  };
}

/** Some servers say the name with every piece. */
function addPiece(call: Call, part: ToolCallPart): void {
  if (call.id === '' && typeof part.id === 'string') call.id = part.id;
  const name: unknown = part.function?.name;
  if (call.waiting === '' && typeof name === 'string' && name !== call.name) call.name += name;
  const given: unknown = part.function?.arguments;
  if (typeof given === 'string') call.waiting += given;
}
