import { createJsonEdit } from '../../wire/json-edit.ts';
import { entriesOf, listText, membersOf } from '../../wire/json-parts.ts';
import { WeirError } from '../../errors.ts';
import type { ClientRequest } from '../common/chat.ts';
import { isObject } from '../common/list-of-entries.ts';
import type { KeptConversation, WantedAnswers } from '../protocol.ts';
import { memberText } from './request-schema.ts';

/** More are not looked up: those are told as if they were not kept. */
const MOST_REFERENCES = 500;

/** Letters may be spelled as escapes, and so be no words of the text: what looks for words has to know. */
function spellsLetters(text: string): boolean {
  return text.includes('\\u00') && /\\u00[4-7]/.test(text);
}

/** What a body goes on from; `undefined` for one that goes on from nothing. The body may be anything. */
export function wantedAnswers(text: string): WantedAnswers | undefined {
  if (!text.includes('"previous_response_id"') && !text.includes('"item_reference"') && !spellsLetters(text))
    return undefined;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // Told where it is read.
    return undefined;
  }
  const answer = memberText(body, 'previous_response_id');
  const items = isObject(body) ? referencesIn(body['input']).slice(0, MOST_REFERENCES) : [];
  return answer === undefined ? { items } : { answer, items };
}

/** The ids of the items that are named and not said, in their order. */
export function referencesIn(input: unknown): string[] {
  if (!Array.isArray(input)) return [];
  return (input as unknown[]).flatMap((item) =>
    memberText(item, 'type') === 'item_reference' ? [memberText(item, 'id') ?? ''] : [],
  );
}

/** A request's text with what it goes on from in its input. @throws {WeirError} `invalid_request` where that is not kept. */
export function withKept(text: string, kept: KeptConversation): string {
  const edit = createJsonEdit(text);
  const previous = edit.get('previous_response_id') ?? 'null';
  if (previous !== 'null' && kept.conversation === undefined) throw notKept('previous_response_id');
  const named = new Set<string>();
  const own = ownItems(edit.get('input') ?? '[]').map((item) => resolved(item, kept, named));
  edit.set('input', listText([...entriesOf(kept.conversation ?? '[]'), ...own]));
  return edit.toString();
}

/** The items of an input: a text is one of them. */
function ownItems(input: string): string[] {
  return input.trimStart().startsWith('"') ? [`{"role":"user","content":${input}}`] : entriesOf(input);
}

/** @param named the ids so far: a few bytes that name a large item again and again would ask for more than there is memory. */
function resolved(item: string, kept: KeptConversation, named: Set<string>): string {
  if (!item.includes('item_reference') && !spellsLetters(item)) return item;
  const value: unknown = JSON.parse(item);
  if (memberText(value, 'type') !== 'item_reference') return item;
  const id = memberText(value, 'id') ?? '';
  const found = kept.items.get(id);
  if (found === undefined) throw notKept('input');
  if (named.has(id))
    throw new WeirError('invalid_request', 'An item is referred to twice; refer to it once.', {
      param: 'input',
    });
  named.add(id);
  return found;
}

function notKept(param: string): WeirError {
  const what = param === 'input' ? 'An item that is referred to' : 'The response before this one';
  return new WeirError(
    'invalid_request',
    `${what} is not kept: responses are kept for an hour, where their request says \`store: true\`. Send \`store: false\`, and the whole input.`,
    { param },
  );
}

/** What is kept of an answer: the conversation with it, and its items by their ids. @param answer JSON text of the response */
export function keptOf(
  { text }: Pick<ClientRequest, 'text'>,
  answer: string,
): { conversation: string; items: ReadonlyMap<string, string> } {
  const output = entriesOf(membersOf(answer).get('output') ?? '[]');
  const conversation = listText([...ownItems(membersOf(text).get('input') ?? '[]'), ...output]);
  const items = new Map<string, string>();
  for (const item of output) {
    const id = memberText(JSON.parse(item), 'id');
    if (id !== undefined) items.set(id, item);
  }
  return { conversation, items };
}
