import type { TokenLogprob, ToolCallPart } from '../common/chat.ts';
import { MADE_HERE } from '../common/responses-format.ts';

/** Writes one event; its number in the stream is put to it. */
export type WriteEvent = (type: string, members: object) => string;

/** One item of an output while it is written: each method gives the events. */
export interface OpenItem {
  /** The item as it is now; `status` where it is asked for with one. */
  item(status: 'in_progress' | 'completed' | 'incomplete'): object;
  close(status: 'completed' | 'incomplete'): string;
}

/** An item with parts of one kind after another: a message, or what a model thought. */
export interface OpenWords extends OpenItem {
  say(kind: PartKind, delta: string, logprobs: readonly TokenLogprob[]): string;
}

export type PartKind = 'output_text' | 'refusal' | 'reasoning_text';

/** What the ids of an answer's items are made of. */
export function itemId(prefix: string, responseId: string, index: number): string {
  const own = responseId.replace(/^[a-z]+_/, '').replaceAll('-', '');
  return `${prefix}${MADE_HERE}${own}${index}`;
}

const EVENT_OF = {
  output_text: 'response.output_text',
  refusal: 'response.refusal',
  reasoning_text: 'response.reasoning_text',
} as const satisfies Record<PartKind, string>;

interface Part {
  kind: PartKind;
  text: string;
  logprobs: TokenLogprob[];
}

export function openWords(
  kind: 'message' | 'reasoning',
  { id, index, write }: { id: string; index: number; write: WriteEvent },
): OpenWords {
  const parts: Part[] = [];
  const place = () => ({ item_id: id, output_index: index, content_index: parts.length - 1 });

  function closePart(): string {
    const part = parts.at(-1);
    if (part === undefined) return '';
    const text = part.kind === 'refusal' ? { refusal: part.text } : { text: part.text };
    const logprobs = part.kind === 'output_text' ? { logprobs: part.logprobs } : {};
    return (
      write(`${EVENT_OF[part.kind]}.done`, { ...place(), ...text, ...logprobs }) +
      write('response.content_part.done', { ...place(), part: partBody(part) })
    );
  }

  const words: OpenWords = {
    say(partKind, delta, logprobs) {
      let events = '';
      let part = parts.at(-1);
      if (part === undefined)
        events += write('response.output_item.added', {
          output_index: index,
          item: words.item('in_progress'),
        });
      if (part?.kind !== partKind) {
        events += closePart();
        part = { kind: partKind, text: '', logprobs: [] };
        parts.push(part);
        events += write('response.content_part.added', { ...place(), part: partBody(part) });
      }
      part.text += delta;
      for (const token of logprobs) part.logprobs.push(token);
      const more = partKind === 'output_text' ? { logprobs } : {};
      return events + write(`${EVENT_OF[partKind]}.delta`, { ...place(), delta, ...more });
    },
    item(status) {
      const content = parts.map(partBody);
      return kind === 'message'
        ? { id, type: 'message', status, role: 'assistant', content }
        : { id, type: 'reasoning', summary: [], content };
    },
    close: (status) =>
      closePart() + write('response.output_item.done', { output_index: index, item: words.item(status) }),
  };
  return words;
}

function partBody({ kind, text, logprobs }: Part): object {
  if (kind === 'refusal') return { type: kind, refusal: text };
  return kind === 'output_text' ? { type: kind, annotations: [], logprobs, text } : { type: kind, text };
}

/** A call of a tool while it is written. */
export interface OpenCall extends OpenItem {
  /** Shows it, where it is not shown yet: its name is whole. */
  show(): string;
  add(part: ToolCallPart): string;
}

export function openCall(
  { responseId, write, nextIndex }: { responseId: string; write: WriteEvent; nextIndex: () => number },
  number: number,
): OpenCall {
  let [callId, name, input] = ['', '', ''];
  let custom = false;
  /** Its place in the output; absent until it is shown, for its name may not be whole. */
  let index: number | undefined;
  let id = '';

  const kind = () => (custom ? 'custom_tool_call_input' : 'function_call_arguments');
  const member = () => (custom ? 'input' : 'arguments');

  function show(): string {
    if (index !== undefined) return '';
    index = nextIndex();
    id = itemId(custom ? 'ctc' : 'fc', responseId, index);
    if (callId === '') callId = itemId('call', responseId, number);
    const item = { ...call.item('in_progress'), [member()]: '' };
    return write('response.output_item.added', { output_index: index, item });
  }

  const call: OpenCall = {
    show,
    add(part) {
      if (callId === '' && typeof part.id === 'string') callId = part.id;
      custom ||= part.custom != null;
      const said: unknown = part.function?.name ?? part.custom?.name;
      // Some servers say the name with every piece.
      if (input === '' && typeof said === 'string' && said !== name) name += said;
      const delta: unknown = part.function?.arguments ?? part.custom?.input;
      if (typeof delta !== 'string' || delta === '') return '';
      input += delta;
      return show() + write(`response.${kind()}.delta`, { item_id: id, output_index: index, delta });
    },
    item: (status) => ({
      id,
      type: custom ? 'custom_tool_call' : 'function_call',
      status,
      call_id: callId,
      name,
      [member()]: input,
    }),
    close(status) {
      const shown = show();
      const done = custom ? { input } : { arguments: input, name };
      return (
        shown +
        write(`response.${kind()}.done`, { item_id: id, output_index: index, ...done }) +
        write('response.output_item.done', { output_index: index, item: call.item(status) })
      );
    },
  };
  return call;
}
