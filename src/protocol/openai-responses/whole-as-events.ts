import { entriesOf, membersOf } from '../../wire/json-parts.ts';
import { createJsonEdit } from '../../wire/json-edit.ts';
import { formatEvent } from '../../wire/sse.ts';
import { isObject } from '../common/list-of-entries.ts';
import { memberText } from './request-schema.ts';
import { writeJson } from '../../wire/write-json.ts';

/**
 * A whole response as the events of a stream, for tiers that must be asked without streaming. The items come as their server
 * wrote them.
 * @returns the events but the last, and the last.
 */
export function eventsOfResponse(text: string): { events: string; last: string } {
  let number = 0;
  const write = (type: string, members: string): string =>
    formatEvent(`{"type":${JSON.stringify(type)},"sequence_number":${number++},${members}}`, type);
  const begun = createJsonEdit(text);
  begun.set('status', '"in_progress"');
  begun.set('output', '[]');
  begun.set('usage', 'null');
  begun.set('incomplete_details', 'null');
  const response = `"response":${begun.toString()}`;
  let events = write('response.created', response) + write('response.in_progress', response);
  for (const [index, item] of entriesOf(membersOf(text).get('output') ?? '[]').entries()) {
    const added = createJsonEdit(item);
    if (added.get('status') !== undefined) added.set('status', '"in_progress"');
    for (const [name, empty] of EMPTY) if (added.get(name) !== undefined) added.set(name, empty);
    events += write('response.output_item.added', `"output_index":${index},"item":${added.toString()}`);
    events += eventsWithin(JSON.parse(item), index, write);
    events += write('response.output_item.done', `"output_index":${index},"item":${item}`);
  }
  const status: unknown = JSON.parse(membersOf(text).get('status') ?? 'null');
  const type = status === 'incomplete' || status === 'failed' ? status : 'completed';
  return { events, last: write(`response.${type}`, `"response":${text}`) };
}

/** What grows in an item while it comes. */
const EMPTY = [
  ['content', '[]'],
  ['arguments', '""'],
  ['input', '""'],
] as const;

type Write = (type: string, members: string) => string;

function eventsWithin(item: unknown, index: number, write: Write): string {
  if (!isObject(item)) return '';
  const place = `"item_id":${writeJson(item['id'] ?? '')},"output_index":${index}`;
  switch (item['type']) {
    case 'message':
      return partEvents(item['content'], place, write);
    case 'function_call':
      return inputEvents('response.function_call_arguments', 'arguments', item, place, write);
    case 'custom_tool_call':
      return inputEvents('response.custom_tool_call_input', 'input', item, place, write);
    case 'reasoning':
      return summaryEvents(item['summary'], place, write);
    default:
      return '';
  }
}

function partEvents(content: unknown, place: string, write: Write): string {
  if (!Array.isArray(content)) return '';
  return (content as unknown[])
    .map((part, position) => {
      const at = `${place},"content_index":${position}`;
      const type = memberText(part, 'type') === 'refusal' ? 'refusal' : 'output_text';
      const member = type === 'refusal' ? 'refusal' : 'text';
      const text = memberText(part, member) ?? '';
      const logprobs = isObject(part) ? (part['logprobs'] ?? []) : [];
      const more = type === 'refusal' ? '' : `,"logprobs":${writeJson(logprobs)}`;
      const empty = {
        ...(isObject(part) ? part : {}),
        [member]: '',
        ...(more === '' ? {} : { logprobs: [] }),
      };
      return [
        write('response.content_part.added', `${at},"part":${writeJson(empty)}`),
        text === '' ? '' : write(`response.${type}.delta`, `${at},"delta":${JSON.stringify(text)}${more}`),
        write(`response.${type}.done`, `${at},"${member}":${JSON.stringify(text)}${more}`),
        write('response.content_part.done', `${at},"part":${writeJson(part)}`),
      ].join('');
    })
    .join('');
}

function inputEvents(type: string, member: string, item: object, place: string, write: Write): string {
  const text = JSON.stringify(memberText(item, member) ?? '');
  const name = member === 'arguments' ? `,"name":${JSON.stringify(memberText(item, 'name') ?? '')}` : '';
  return (
    write(`${type}.delta`, `${place},"delta":${text}`) +
    write(`${type}.done`, `${place},"${member}":${text}${name}`)
  );
}

function summaryEvents(summary: unknown, place: string, write: Write): string {
  if (!Array.isArray(summary)) return '';
  return (summary as unknown[])
    .map((part, position) => {
      const at = `${place},"summary_index":${position}`;
      const text = JSON.stringify(memberText(part, 'text') ?? '');
      return [
        write('response.reasoning_summary_part.added', `${at},"part":{"type":"summary_text","text":""}`),
        write('response.reasoning_summary_text.delta', `${at},"delta":${text}`),
        write('response.reasoning_summary_text.done', `${at},"text":${text}`),
        write('response.reasoning_summary_part.done', `${at},"part":${writeJson(part)}`),
      ].join('');
    })
    .join('');
}
