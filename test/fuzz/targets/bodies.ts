import assert from 'node:assert/strict';
import fc from 'fast-check';
import { answers } from '../../../src/upstream/scripted/scripted-reply.ts';
import { edited, json, key, spliced, type Json } from '../hostile-values.ts';
import { checkStream, isStream, openRig, PROMPT_WORD, ROUTES } from '../rig.ts';
import type { FuzzTarget } from '../target.ts';

interface Input {
  body: string;
  /** The index of the answer that models give. */
  answer: number;
}

const user: Json = { role: 'user', content: `Where is ${PROMPT_WORD}?` };
const tool: Json = {
  type: 'function',
  function: {
    name: 'find',
    parameters: { type: 'object', properties: { town: { type: 'string' } }, required: ['town'] },
  },
};
const called: Json = [
  user,
  {
    role: 'assistant',
    content: null,
    tool_calls: [
      { id: 'call_1', type: 'function', function: { name: 'find', arguments: '{"town":"Rome"}' } },
    ],
  },
  { role: 'tool', tool_call_id: 'call_1', content: 'Italy' },
];
const MORE: { [key: string]: Json }[] = [
  {},
  { stream: true },
  { stream: true, stream_options: { include_usage: true } },
  { logprobs: true, top_logprobs: 2 },
  { stream: true, logprobs: true, max_tokens: 5, temperature: 0.2 },
  { tools: [tool], tool_choice: 'required' },
  {
    tools: [tool, tool],
    tool_choice: { type: 'function', function: { name: 'find' } },
    parallel_tool_calls: false,
    stream: true,
  },
  { functions: [{ name: 'find', parameters: {} }], function_call: { name: 'find' } },
  { response_format: { type: 'json_object' } },
  {
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'a', schema: { type: 'object' }, strict: true },
    },
    stream: true,
  },
  { n: 1, user: 'u', stop: ['x'], seed: 4, metadata: { a: 'b' } },
  { messages: called, tools: [tool] },
  {
    messages: [
      { role: 'system', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'hi' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } },
        ],
      },
    ],
  },
];

const good = fc
  .tuple(fc.constantFrom(...ROUTES, 'gpt-4o'), fc.constantFrom(...MORE))
  .map(([model, more]): Json => ({ model, messages: [user], ...more }));

/** A member that stands twice. */
const doubled = fc
  .tuple(
    edited(good, 2),
    fc.oneof(fc.constantFrom('messages', 'model', 'stream', 'tools', 'content', 'role'), key),
    json,
  )
  .map(([value, name, other]) => {
    const written = JSON.stringify(value);
    const [first = 0] = [...written.matchAll(/\{/g)].map(({ index }) => index);
    return `${written.slice(0, first + 1)}${JSON.stringify(name)}:${JSON.stringify(other)},${written.slice(first + 1)}`;
  });

const ANSWERS = [
  answers({ tokens: [{ text: 'Rome', logprob: -0.01, top: [['Rome', -0.01]] }] }),
  answers({ tokens: [{ text: 'Perhaps', logprob: -2, top: [['Perhaps', -2]] }] }),
  answers({ toolCalls: [{ name: 'find', arguments: '{"town":"Rome"}' }] }),
  answers('{"a":1}'),
  answers(''),
];

/** Chats as clients write them, and as they should not. */
export const bodies: FuzzTarget<Input> = {
  name: 'bodies',
  inputs: fc.record({
    body: spliced(
      fc.oneof(
        { arbitrary: edited(good).map((value) => JSON.stringify(value)), weight: 6 },
        { arbitrary: doubled, weight: 2 },
        { arbitrary: json.map((value) => JSON.stringify(value)), weight: 1 },
      ),
    ),
    answer: fc.nat(ANSWERS.length - 1),
  }),
  async open() {
    const rig = await openRig();
    return {
      async run({ body, answer }) {
        const step = ANSWERS[answer];
        assert.ok(step !== undefined);
        rig.plays(step);
        const { seen } = await rig.chat(body);
        for (const sent of rig.takeAsked()) checkKeys(sent);
        if (isStream(seen)) checkStream(seen);
        else JSON.parse(seen.text);
        await rig.settle();
      },
      close: rig.close,
    };
  },
};

/** No reader of a request may see another value than the gateway: nothing in it stands twice. */
function checkKeys(sent: string): void {
  const colons = sent.replaceAll(/"[^"\\]*(?:\\.[^"\\]*)*"/g, '').split(':').length - 1;
  assert.equal(colons, keysOf(JSON.parse(sent)), `a key stands twice: ${sent}`);
}

function keysOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const below = Object.values(value).reduce((sum: number, member) => sum + keysOf(member), 0);
  return below + (Array.isArray(value) ? 0 : Object.keys(value).length);
}
