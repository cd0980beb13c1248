import { createJsonEdit, type JsonEdit } from '../../wire/json-edit.ts';
import { entriesOf, membersOf, objectText, listText } from '../../wire/json-parts.ts';
import { fitToolId, UNSIGNED } from '../../protocol/common/anthropic-format.ts';
import type { ClientRequest } from '../../protocol/common/chat.ts';

/** A client's own body, in which the words of other servers are made fit for this API; every other byte stays. */
export function openOwnBody({ text, chat }: Pick<ClientRequest, 'text' | 'chat'>): {
  edit: JsonEdit;
  dropped: string[];
} {
  const edit = createJsonEdit(text);
  const dropped: string[] = [];
  if (!hasForeignWords(text, chat)) return { edit, dropped };
  const messages = entriesOf(edit.get('messages') ?? '[]').map(fitMessage);
  edit.set('messages', listText(messages));
  // The API wants a turn that calls tools to begin with thinking where thinking is on; another server's does not count.
  if (/"enabled"/.test(edit.get('thinking') ?? '') && endsWithUnthoughtCalls(messages)) {
    edit.delete('thinking');
    dropped.push('thinking');
  }
  return { edit, dropped };
}

/** Whether thinking that nobody signed, or an id that only another server makes, is in the conversation. */
function hasForeignWords(text: string, { messages }: ClientRequest['chat']): boolean {
  if (text.includes(`"${UNSIGNED}"`)) return true;
  return messages.some(
    ({ tool_calls: calls }) =>
      Array.isArray(calls) &&
      calls.some((call: unknown) => {
        const id: unknown = typeof call === 'object' && call !== null && 'id' in call ? call.id : undefined;
        return typeof id === 'string' && fitToolId(id) !== id;
      }),
  );
}

function fitMessage(message: string): string {
  const content = membersOf(message).get('content') ?? '""';
  if (!content.startsWith('[')) return message;
  const blocks = entriesOf(content);
  const fit = blocks.flatMap(fitBlock);
  if (fit.length === blocks.length && fit.every((block, place) => block === blocks[place])) return message;
  const edit = createJsonEdit(message);
  // A turn that only thought has to say something.
  edit.set('content', listText(fit.length === 0 ? [objectText({ type: '"text"', text: '"…"' })] : fit));
  return edit.toString();
}

const ID_OF: Readonly<Record<string, string>> = { tool_use: 'id', tool_result: 'tool_use_id' };

/** @returns nothing for thinking that nobody signed. */
function fitBlock(block: string): string[] {
  const members = membersOf(block);
  const type = stringOf(members.get('type'));
  if (type === 'thinking' && stringOf(members.get('signature')) === UNSIGNED) return [];
  const name = ID_OF[type];
  if (name === undefined) return [block];
  const id = stringOf(members.get(name));
  if (id === fitToolId(id)) return [block];
  const edit = createJsonEdit(block);
  edit.set(name, JSON.stringify(fitToolId(id)));
  return [edit.toString()];
}

function endsWithUnthoughtCalls(messages: readonly string[]): boolean {
  const last = messages.map(membersOf).findLast((members) => stringOf(members.get('role')) === 'assistant');
  const types = entriesOf(last?.get('content') ?? '[]').map((block) =>
    stringOf(membersOf(block).get('type')),
  );
  return types.includes('tool_use') && !(types[0] ?? '').endsWith('thinking');
}

function stringOf(text: string | undefined): string {
  const value: unknown = text?.startsWith('"') === true ? JSON.parse(text) : undefined;
  return typeof value === 'string' ? value : '';
}
