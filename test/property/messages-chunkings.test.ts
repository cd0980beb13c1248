/** The documented orders of Anthropic's events, cut anywhere on their way, reach clients of both APIs the same. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { ScriptedReply } from '../../src/upstream/scripted/scripted-reply.ts';
import { answers, rechunked } from '../../src/upstream/scripted/scripted-reply.ts';
import { eventsIn, openMessagesGateway, type MessagesGateway } from '../e2e/messages-gateway.ts';

/** As the API's pages show them: text; a tool with its input in pieces; thinking with its signature, and a redacted block. */
const STREAMS: Readonly<Record<string, string>> = {
  text: `event: message_start
data: {"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": "assistant", "content": [], "model": "claude", "stop_reason": null, "stop_sequence": null, "usage": {"input_tokens": 25, "output_tokens": 1}}}

event: content_block_start
data: {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}

event: ping
data: {"type": "ping"}

event: content_block_delta
data: {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Größe 5 €"}}

event: content_block_delta
data: {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": " 東京 🦆"}}

event: content_block_stop
data: {"type": "content_block_stop", "index": 0}

event: message_delta
data: {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence":null}, "usage": {"output_tokens": 15}}

event: message_stop
data: {"type": "message_stop"}

`,
  tool: `event: message_start
data: {"type":"message_start","message":{"id":"msg_2","type":"message","role":"assistant","model":"claude","stop_sequence":null,"usage":{"input_tokens":472,"output_tokens":2},"content":[],"stop_reason":null}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Okay,"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"toolu_1","name":"get_weather","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\\"location\\": \\"San"}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":" Francisco\\"}"}}

event: content_block_stop
data: {"type":"content_block_stop","index":1}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":89}}

event: message_stop
data: {"type":"message_stop"}

`,
  thinking: `event: message_start
data: {"type": "message_start", "message": {"id": "msg_3", "type": "message", "role": "assistant", "content": [], "model": "claude", "stop_reason": null, "stop_sequence": null, "usage": {"input_tokens": 9, "output_tokens": 1}}}

event: content_block_start
data: {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": "", "signature": ""}}

event: content_block_delta
data: {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "27 * 453"}}

event: content_block_delta
data: {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pkiMOYds"}}

event: content_block_stop
data: {"type": "content_block_stop", "index": 0}

event: content_block_start
data: {"type": "content_block_start", "index": 1, "content_block": {"type": "redacted_thinking", "data": "EmwKAhgBEgy3va3pzix"}}

event: content_block_stop
data: {"type": "content_block_stop", "index": 1}

event: content_block_start
data: {"type": "content_block_start", "index": 2, "content_block": {"type": "text", "text": ""}}

event: content_block_delta
data: {"type": "content_block_delta", "index": 2, "delta": {"type": "text_delta", "text": "12,231"}}

event: content_block_stop
data: {"type": "content_block_stop", "index": 2}

event: message_delta
data: {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": null}, "usage": {"output_tokens": 30}}

event: message_stop
data: {"type": "message_stop"}

`,
};

let reply: ScriptedReply = {};
let world: MessagesGateway;
before(async () => {
  world = await openMessagesGateway({ small: answers('no'), large: () => reply });
});
after(() => world.close());

const LINE_ENDS = ['\n', '\r\n', '\r'];

/** What came of a stream, but for ids and the clock. */
async function seen(path: string, stream: string, cuts: readonly number[]): Promise<unknown> {
  const whole = { headers: { 'content-type': 'text/event-stream' }, body: [stream] };
  reply = rechunked(whole, cuts);
  const response = await world.post(path, {
    model: 'large',
    max_tokens: 99,
    stream: true,
    messages: [{ role: 'user', content: 'Repeat.' }],
    tools: path === '/v1/messages' ? [{ name: 'get_weather', input_schema: {} }] : undefined,
  });
  const id = response.headers.get('x-weir-id') ?? '';
  const events = await eventsIn(response);
  const decision = (await (await fetch(`${world.base}/v1/decisions/${id}`)).json()) as {
    costUsd: string;
    attempts: { inputTokens: number; outputTokens: number }[];
  };
  const { inputTokens, outputTokens } = decision.attempts[0] ?? {};
  return {
    events: events.map(({ name, data }) => ({
      name,
      data: data.replace(id, 'ID').replace(/"created":\d+,/, ''),
    })),
    costUsd: decision.costUsd,
    inputTokens,
    outputTokens,
  };
}

for (const [kind, stream] of Object.entries(STREAMS))
  for (const path of ['/v1/messages', '/v1/chat/completions'])
    test(`${kind}, for clients of ${path}`, async () => {
      const expected = await seen(path, stream, []);
      if (path === '/v1/messages') {
        const { events } = expected as { events: { name: string; data: string }[] };
        const sent = [...stream.matchAll(/^event: (.*)\ndata: (.*)$/gm)]
          .map(([, name = '', data = '']) => ({ name, data: data.replace(/msg_\d/, 'ID') }))
          .filter(({ name }) => name !== 'ping');
        assert.deepEqual(
          events.map(({ data, ...rest }) => ({ ...rest, data: JSON.parse(data) as unknown })),
          sent.map(({ data, ...rest }) => ({ ...rest, data: JSON.parse(data) as unknown })),
        );
      }
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...LINE_ENDS),
          fc.array(fc.nat(Buffer.byteLength(stream)), { maxLength: 40 }),
          async (end, cuts) => {
            assert.deepEqual(await seen(path, stream.replaceAll('\n', end), cuts), expected);
          },
        ),
        { numRuns: 20 },
      );
    });
