import assert from 'node:assert/strict';
import fc from 'fast-check';
import { answersMessage } from '../../../src/upstream/scripted/anthropic-reply.ts';
import { answers, rechunked, type ScriptedReply } from '../../../src/upstream/scripted/scripted-reply.ts';
import { played } from '../../../src/upstream/scripted/testing.ts';
import { edited, json, spliced, type Json } from '../hostile-values.ts';
import {
  checkCalls,
  checkEvents,
  checkStream,
  isStream,
  MESSAGES,
  NATIVE_ROUTES,
  openRig,
  PROMPT_WORD,
  ROUTES,
} from '../rig.ts';
import type { FuzzTarget } from '../target.ts';

interface Body {
  body: string;
  /** The index of the answer that models give. */
  answer: number;
}

const user: Json = { role: 'user', content: `Where is ${PROMPT_WORD}?` };
const tool: Json = {
  name: 'find',
  description: 'Finds',
  input_schema: { type: 'object', properties: { town: { type: 'string' } }, required: ['town'] },
  cache_control: { type: 'ephemeral' },
};
const loop: Json = [
  user,
  {
    role: 'assistant',
    content: [
      { type: 'thinking', thinking: 'Hm', signature: 'weir-unsigned' },
      { type: 'redacted_thinking', data: 'eHg=' },
      { type: 'text', text: 'I look.' },
      { type: 'tool_use', id: 'call.1', name: 'find', input: { town: 'Rome', n: 2 ** 53 } },
    ],
  },
  {
    role: 'user',
    content: [
      {
        type: 'tool_result',
        tool_use_id: 'call.1',
        is_error: false,
        content: [
          { type: 'text', text: 'Italy' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA' } },
        ],
      },
      { type: 'text', text: 'And?' },
    ],
  },
];
const MORE: { [key: string]: Json }[] = [
  {},
  { stream: true },
  { system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }], temperature: 0.5 },
  { tools: [tool], tool_choice: { type: 'any', disable_parallel_tool_use: true } },
  { tools: [tool, { type: 'web_search_20250305', name: 'web_search' }], stream: true },
  { messages: loop, tools: [tool], thinking: { type: 'enabled', budget_tokens: 1024 } },
  { messages: loop, tools: [tool], stream: true },
  { output_config: { format: { type: 'json_schema', schema: { type: 'object' } }, effort: 'high' } },
  { stop_sequences: ['x'], metadata: { user_id: 'u' }, service_tier: 'auto', top_k: 3, container: 'c' },
  {
    messages: [
      {
        role: 'user',
        content: [
          { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'a' }, title: 't' },
          { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'AA' } },
          { type: 'image', source: { type: 'url', url: 'https://example.org/a.png' } },
          { type: 'search_result', source: 's', title: 't', content: [{ type: 'text', text: 'r' }] },
        ],
      },
    ],
  },
];

const good = fc
  .tuple(fc.constantFrom(...ROUTES, ...NATIVE_ROUTES), fc.constantFrom(...MORE))
  .map(([model, more]): Json => ({ model, max_tokens: 50, messages: [user], ...more }));

const call = { content: [{ type: 'tool_use', id: 'toolu_1', name: 'find', input: { town: 'Rome' } }] };
/** What each kind of server answers, sure or not. */
const ANSWERS = [
  {
    small: answers({ tokens: [{ text: 'Rome', logprob: -0.01, top: [['Rome', -0.01]] }] }),
    large: answersMessage('Rome'),
  },
  {
    small: answers({ tokens: [{ text: 'Perhaps', logprob: -2, top: [['Perhaps', -2]] }] }),
    large: answersMessage(call),
  },
  {
    small: answers({ toolCalls: [{ name: 'find', arguments: '{"town":"Rome"}' }] }),
    large: answersMessage({ content: [] }),
  },
] as const;

/** Requests of Messages as clients write them, and as they should not. */
export const messageBodies: FuzzTarget<Body> = {
  name: 'message-bodies',
  inputs: fc.record({
    body: spliced(
      fc.oneof(
        { arbitrary: edited(good).map((value) => JSON.stringify(value)), weight: 8 },
        { arbitrary: json.map((value) => JSON.stringify(value)), weight: 1 },
      ),
    ),
    answer: fc.nat(ANSWERS.length - 1),
  }),
  async open() {
    const rig = await openRig();
    return {
      async run({ body, answer }) {
        const steps = ANSWERS[answer];
        assert.ok(steps !== undefined);
        rig.plays((asked) => played(asked.model === 'claude' ? steps.large : steps.small, asked));
        const { seen } = await rig.chat(body, undefined, MESSAGES);
        for (const sent of rig.takeAsked()) JSON.parse(sent);
        if (isStream(seen)) checkEvents(seen, seen.headers['x-weir-tier'] !== 'claude');
        else JSON.parse(seen.text);
        rig.check(await rig.ask({ path: `${MESSAGES}/count_tokens`, body }).then(asCommon));
        await rig.settle();
      },
      close: rig.close,
    };
  },
};

/** A count, or an error that is clear: what must hold of it is what holds of any answer. */
function asCommon<Seen extends { status: number; text: string }>(seen: Seen): Seen {
  const told = JSON.parse(seen.text) as {
    input_tokens?: unknown;
    error?: { type: string; message: string; details: { error_code: string } };
  };
  if (seen.status < 400) assert.ok(Number.isSafeInteger(told.input_tokens), seen.text);
  const { type, message, details } = told.error ?? { type: '', message: '', details: { error_code: '' } };
  const error = { type, message, code: details.error_code, param: null };
  return { ...seen, text: JSON.stringify({ error }) };
}

interface Answered {
  route: (typeof NATIVE_ROUTES)[number];
  path: '/v1/chat/completions' | typeof MESSAGES;
  stream: boolean;
  status: number;
  body: string;
  cuts: number[];
  end: 'end' | 'cut';
}

const EVENTS: Json[] = [
  {
    type: 'message_start',
    message: {
      id: 'm',
      type: 'message',
      role: 'assistant',
      model: 'claude',
      content: [],
      usage: { input_tokens: 7, output_tokens: 1, cache_read_input_tokens: 3 },
    },
  },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Rome' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'content_block_start', index: 1, content_block: { type: 'thinking', thinking: '', signature: '' } },
  { type: 'content_block_delta', index: 1, delta: { type: 'thinking_delta', thinking: 'Hm' } },
  { type: 'content_block_delta', index: 1, delta: { type: 'signature_delta', signature: 'c2ln' } },
  {
    type: 'content_block_start',
    index: 2,
    content_block: { type: 'tool_use', id: 'toolu_1', name: 'find', input: {} },
  },
  {
    type: 'content_block_delta',
    index: 2,
    delta: { type: 'input_json_delta', partial_json: '{"town":"Rome"}' },
  },
  { type: 'ping' },
  { type: 'brand_new', a: [1] },
  { type: 'error', error: { type: 'overloaded_error', message: `${PROMPT_WORD} is too much` } },
];
const END: Json[] = [
  {
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: 3 },
  },
  { type: 'message_stop' },
];

const framed = (value: Json, frame: number): string => {
  const type =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? value['type'] : undefined;
  const data = JSON.stringify(value);
  if (frame === 0 || typeof type !== 'string' || /[\r\n]/.test(type)) return `data: ${data}\n\n`;
  return frame === 1 ? `event: ${type}\r\ndata:${data}\r\n\r\n` : `event: ${type}\ndata: ${data}\n\n`;
};
const event = fc
  .tuple(
    fc.oneof(fc.constantFrom(...EVENTS), edited(fc.constantFrom(...EVENTS, ...END))),
    fc.constantFrom(0, 1, 2, 2, 2),
  )
  .map(([value, frame]) => framed(value, frame));
const stream = fc
  .tuple(fc.boolean(), fc.array(event, { maxLength: 8 }), fc.constantFrom(true, true, false))
  .map(([begins, events, ends]) => {
    const first = begins ? framed(EVENTS[0] ?? {}, 2) : '';
    return first + events.join('') + (ends ? END.map((value) => framed(value, 2)).join('') : '');
  });
const whole = edited(
  fc.constant<Json>({
    id: 'm',
    type: 'message',
    role: 'assistant',
    model: 'claude',
    content: [
      { type: 'thinking', thinking: 'Hm', signature: 'c2ln' },
      { type: 'text', text: 'Rome', citations: null },
      { type: 'tool_use', id: 'toolu_1', name: 'find', input: { town: 'Rome' } },
    ],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 7, output_tokens: 3, cache_creation_input_tokens: 1 },
  }),
).map((value) => JSON.stringify(value));

/** What servers of Anthropic's API answer, byte by byte, to clients of either API. */
export const messageStreams: FuzzTarget<Answered> = {
  name: 'message-streams',
  inputs: fc.record({
    route: fc.constantFrom(...NATIVE_ROUTES),
    path: fc.constantFrom('/v1/chat/completions' as const, MESSAGES),
    stream: fc.constantFrom(true, true, false),
    status: fc.constantFrom(200, 200, 200, 200, 200, 400, 429, 529),
    body: spliced(fc.oneof({ arbitrary: stream, weight: 3 }, { arbitrary: whole, weight: 1 })),
    cuts: fc.array(fc.nat(2_000), { maxLength: 12 }),
    end: fc.constantFrom('end', 'end', 'end', 'cut'),
  }),
  async open() {
    const rig = await openRig();
    const unsure = answers({ tokens: [{ text: 'Perhaps', logprob: -2, top: [['Perhaps', -2]] }] });
    return {
      async run({ route, path, stream: streams, status, body, cuts, end }) {
        const type = streams ? 'text/event-stream' : 'application/json';
        const reply: ScriptedReply = { status, headers: { 'content-type': type }, body: [body], then: end };
        rig.plays((asked) => (asked.model === 'claude' ? rechunked(reply, cuts) : played(unsure, asked)));
        const question = JSON.stringify({
          model: route,
          max_tokens: 50,
          messages: [{ role: 'user', content: `Where is ${PROMPT_WORD}?` }],
          stream: streams,
        });
        const { seen, decision } = await rig.chat(question, undefined, path);
        assert.ok(decision !== undefined, 'every request that reached a route has a row');
        if (isStream(seen)) {
          const isOwn = path === MESSAGES && seen.headers['x-weir-tier'] === 'claude';
          const { failed } = path === MESSAGES ? checkEvents(seen, false) : checkStream(seen);
          if (!failed && !isOwn) assert.equal(decision.status, 200);
        } else if (seen.status === 200 && path !== MESSAGES) {
          const { choices } = JSON.parse(seen.text) as {
            choices: { message?: { tool_calls?: unknown } | null }[];
          };
          for (const choice of choices) checkCalls(choice.message?.tool_calls, false, seen.text);
        } else JSON.parse(seen.text);
        await rig.settle();
      },
      close: rig.close,
    };
  },
};
