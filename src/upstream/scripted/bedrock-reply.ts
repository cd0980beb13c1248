import { crc32 } from 'node:zlib';
import type { ScriptedPart, ScriptedReply } from './scripted-reply.ts';

const EVENTS = { 'content-type': 'application/vnd.amazon.eventstream' };

/** A whole answer of Bedrock's Converse: blocks of content, why it ended, and what it took. */
export function converse(
  content: readonly object[],
  more: { stopReason?: string; usage?: object; [member: string]: unknown } = {},
): ScriptedReply {
  const body = {
    output: { message: { role: 'assistant', content } },
    stopReason: 'end_turn',
    usage: { inputTokens: 10, outputTokens: 2, totalTokens: 12 },
    metrics: { latencyMs: 1 },
    ...more,
  };
  return {
    headers: { 'content-type': 'application/json', 'x-amzn-requestid': 'amzn-1' },
    body: [JSON.stringify(body)],
  };
}

/** A refusal of Bedrock's. */
export function bedrockRefuses(
  status: number,
  type: string,
  message: string,
  headers: Record<string, string> = {},
): ScriptedReply {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': type, ...headers },
    body: [JSON.stringify({ message })],
  };
}

/** A stream of Converse's events, each a frame of its own; what is no event goes out as it is. */
export function converseStream(
  events: readonly ([type: string, payload: object] | ScriptedPart)[],
  then: NonNullable<ScriptedReply['then']> = 'end',
): ScriptedReply {
  const body = events.map((event) => (isEvent(event) ? eventFrame(event[0], event[1]) : event));
  return { headers: { ...EVENTS, 'x-amzn-requestid': 'amzn-2' }, body, then };
}

function isEvent(event: [string, object] | ScriptedPart): event is [string, object] {
  return Array.isArray(event);
}

/** What a stream says that answers with these words. */
export function spoken(...words: string[]): [string, object][] {
  return [
    ['messageStart', { role: 'assistant' }],
    ...words.map((text): [string, object] => [
      'contentBlockDelta',
      { contentBlockIndex: 0, delta: { text } },
    ]),
    ['contentBlockStop', { contentBlockIndex: 0 }],
    ['messageStop', { stopReason: 'end_turn' }],
    ['metadata', { usage: { inputTokens: 10, outputTokens: 2, totalTokens: 12 }, metrics: { latencyMs: 1 } }],
  ];
}

/** One message of AWS's event stream: its lengths, its headers, its payload, and checksums of both. */
export function eventFrame(type: string, payload: object, kind: 'event' | 'exception' = 'event'): Buffer {
  const headers = Buffer.concat([
    header(`:${kind}-type`, type),
    header(':content-type', 'application/json'),
    header(':message-type', kind),
  ]);
  const body = Buffer.from(JSON.stringify(payload));
  const frame = Buffer.alloc(12 + headers.length + body.length);
  frame.writeUInt32BE(frame.length + 4, 0);
  frame.writeUInt32BE(headers.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  headers.copy(frame, 12);
  body.copy(frame, 12 + headers.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(frame));
  return Buffer.concat([frame, checksum]);
}

/** The type of a header's value that is a text. */
const TEXT = 7;

function header(name: string, value: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(value.length);
  return Buffer.concat([
    Buffer.from([name.length]),
    Buffer.from(name),
    Buffer.from([TEXT]),
    length,
    Buffer.from(value),
  ]);
}
