import { writeJson } from '../../wire/write-json.ts';
import { isBlock, type Block } from '../common/anthropic-format.ts';
import { isObject } from '../common/list-of-entries.ts';
import { entriesOf, membersOf, objectText } from '../../wire/json-parts.ts';
import { formatEvent } from '../../wire/sse.ts';

/** One event as it goes on the wire: its name is its type. @param data JSON text */
export function namedEvent(type: string, data: string): string {
  return formatEvent(data, type);
}

/** The events of a whole message up to its last block, and the ones that end it: for answers that had to be asked for whole. */
export function eventsOfMessage(text: string): { body: string; end: string } {
  const members = membersOf(text);
  const written = (name: string): string => members.get(name) ?? 'null';
  const started = Object.fromEntries(members);
  const message = objectText({ ...started, content: '[]', stop_reason: 'null', stop_sequence: 'null' });
  const blocks = entriesOf(written('content')).map(eventsOfBlock);
  const delta = objectText({
    stop_reason: written('stop_reason'),
    stop_sequence: written('stop_sequence'),
    stop_details: members.get('stop_details'),
  });
  return {
    body: namedEvent('message_start', `{"type":"message_start","message":${message}}`) + blocks.join(''),
    end: endEvents(delta, members.get('usage')),
  };
}

/** The two events that end a message. @param delta, @param usage JSON texts */
export function endEvents(delta: string, usage = '{"output_tokens":0}'): string {
  return (
    namedEvent('message_delta', objectText({ type: '"message_delta"', delta, usage })) +
    namedEvent('message_stop', '{"type":"message_stop"}')
  );
}

function eventsOfBlock(text: string, index: number): string {
  const value: unknown = JSON.parse(text);
  const block: Block = isBlock(value) ? value : { type: 'text', text: '' };
  const { empty, deltas } = piecesOf(block, text);
  return (
    blockStart(index, objectText({ ...Object.fromEntries(membersOf(text)), ...empty })) +
    deltas.map((delta) => blockDelta(index, delta)).join('') +
    blockStop(index)
  );
}

/** What a block begins without, and the deltas that bring it. A block of any other type comes at once. */
function piecesOf(block: Block, text: string): { empty: Record<string, string>; deltas: string[] } {
  switch (block.type) {
    case 'text':
      return {
        empty: { text: '""' },
        deltas: [`{"type":"text_delta","text":${writeJson(block['text'] ?? '')}}`],
      };
    case 'thinking':
      return {
        empty: { thinking: '""', signature: '""' },
        deltas: [
          `{"type":"thinking_delta","thinking":${writeJson(block['thinking'] ?? '')}}`,
          `{"type":"signature_delta","signature":${writeJson(block['signature'] ?? '')}}`,
        ],
      };
    case 'tool_use':
    case 'server_tool_use': {
      if (!isObject(block['input'])) return { empty: {}, deltas: [] };
      const input = membersOf(text).get('input') ?? '{}';
      return {
        empty: { input: '{}' },
        deltas: [`{"type":"input_json_delta","partial_json":${JSON.stringify(input)}}`],
      };
    }
    default:
      return { empty: {}, deltas: [] };
  }
}

/** @param block JSON text */
export function blockStart(index: number, block: string): string {
  return namedEvent(
    'content_block_start',
    `{"type":"content_block_start","index":${index},"content_block":${block}}`,
  );
}

/** @param delta JSON text */
export function blockDelta(index: number, delta: string): string {
  return namedEvent(
    'content_block_delta',
    `{"type":"content_block_delta","index":${index},"delta":${delta}}`,
  );
}

export function blockStop(index: number): string {
  return namedEvent('content_block_stop', `{"type":"content_block_stop","index":${index}}`);
}
