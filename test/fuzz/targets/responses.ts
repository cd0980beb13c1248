import assert from 'node:assert/strict';
import fc from 'fast-check';
import { messageItem, responseBody, responseEvents } from '../../e2e/scripted-responses.ts';
import { answers, rechunked } from '../../../src/upstream/scripted/scripted-reply.ts';
import { edited, spliced, type Json } from '../hostile-values.ts';
import { isStream, openRig, PROMPT_WORD } from '../rig.ts';
import type { FuzzTarget } from '../target.ts';

interface Input {
  path: '/v1/responses' | '/v1/chat/completions';
  body: string;
  /** What the server answers; the index of a good answer of chats where it is one. */
  answer: string;
  chat: number;
  status: number;
  cuts: number[];
  end: 'end' | 'cut';
}

const user: Json = { role: 'user', content: `Where is ${PROMPT_WORD}?` };
const tool: Json = {
  type: 'function',
  name: 'find',
  parameters: { type: 'object', required: ['town'] },
  strict: true,
};
const MORE: { [key: string]: Json }[] = [
  { input: 'Hello' },
  { input: [user], stream: true },
  { input: [user], stream: true, include: ['message.output_text.logprobs'], top_logprobs: 2 },
  {
    input: [user],
    tools: [tool, { type: 'custom', name: 'c' }],
    tool_choice: { type: 'function', name: 'find' },
    stream: true,
  },
  { input: [user], tools: [{ type: 'web_search' }], reasoning: { effort: 'low', summary: 'auto' } },
  {
    input: [user],
    text: { format: { type: 'json_schema', name: 'a', schema: { type: 'object' } }, verbosity: 'low' },
  },
  {
    instructions: 'Be brief.',
    input: [
      {
        type: 'message',
        role: 'developer',
        content: [
          { type: 'input_text', text: 'x' },
          { type: 'input_image', image_url: 'data:x', detail: 'auto' },
        ],
      },
      { type: 'reasoning', id: 'rs_weir_1', summary: [], encrypted_content: 'x' },
      { type: 'function_call', call_id: 'c', name: 'find', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c', output: [{ type: 'input_text', text: 'Italy' }] },
    ],
    stream: true,
  },
];
const good = fc
  .tuple(fc.constantFrom('held', 'live', 'apart', 'other'), fc.constantFrom(...MORE))
  .map(([model, more]): Json => ({ model, ...more }));
const chats = fc.constantFrom('apart', 'other').chain((model) =>
  fc.boolean().map((stream): Json => ({
    model,
    messages: [user],
    stream,
    tools: [{ type: 'function', function: { name: 'find' } }],
  })),
);

const RESPONSE = responseBody([
  { id: 'rs_1', type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm' }], encrypted_content: 'x' },
  messageItem([
    ['Ro', -0.1],
    ['me', -0.1],
  ]),
  {
    id: 'fc_1',
    type: 'function_call',
    status: 'completed',
    call_id: 'c1',
    name: 'find',
    arguments: '{"town":"Rome"}',
  },
]) as Json;
const whole = edited(fc.constant(RESPONSE)).map((value) => JSON.stringify(value));
/** Events of which some are changed, are missing, or stand twice. */
const stream = fc
  .array(
    fc.tuple(
      fc.nat(40),
      edited(fc.constant<Json>({ type: 'response.output_text.delta', delta: 'x', output_index: 0 })),
    ),
    { maxLength: 3 },
  )
  .map((changes) => {
    const events = responseEvents(RESPONSE as Record<string, unknown>);
    for (const [at, value] of changes)
      if (at % 3 === 0) events.splice(at % events.length, 1);
      else events.splice(at % events.length, at % 2, `data: ${JSON.stringify(value)}\n\n`);
    return events.join('');
  });

const CHATS = [
  answers({ tokens: [{ text: 'Rome', logprob: -0.01, top: [['Rome', -0.01]] }] }),
  answers({ toolCalls: [{ name: 'find', arguments: '{"town":"Rome"}' }] }),
  answers({ content: 'Ro', finish: 'length', extra: {} }),
];

/** Requests and answers of OpenAI's Responses, and those of chats before servers that speak it. */
export const responses: FuzzTarget<Input> = {
  name: 'responses',
  inputs: fc.record({
    path: fc.constantFrom<Input['path']>(
      '/v1/responses',
      '/v1/responses',
      '/v1/responses',
      '/v1/chat/completions',
    ),
    body: spliced(
      fc.oneof({ arbitrary: edited(good), weight: 4 }, chats).map((value) => JSON.stringify(value)),
    ),
    answer: spliced(fc.oneof(stream, whole)),
    chat: fc.nat(5),
    status: fc.constantFrom(200, 200, 200, 200, 200, 400, 500, 429),
    cuts: fc.array(fc.nat(2_000), { maxLength: 8 }),
    end: fc.constantFrom('end', 'end', 'end', 'cut'),
  }),
  async open() {
    const rig = await openRig();
    return {
      async run({ path, body, answer, chat, status, cuts, end }) {
        const step = CHATS[chat];
        const type = answer.startsWith('{') ? 'application/json' : 'text/event-stream';
        const hostile = rechunked(
          { status, headers: { 'content-type': type }, body: [answer], then: end },
          cuts,
        );
        rig.plays((asked) =>
          step === undefined || 'input' in asked.body
            ? hostile
            : typeof step === 'function'
              ? step(asked)
              : step,
        );
        const { seen, decision } = await rig.chat(body, undefined, path);
        if (path === '/v1/responses' && isStream(seen)) checkEvents(seen.text);
        else if (!isStream(seen)) JSON.parse(seen.text);
        for (const sent of rig.takeAsked()) JSON.parse(sent);
        if (seen.status === 200) assert.ok(decision !== undefined, 'every answer has a row');
        await rig.settle();
      },
      close: rig.close,
    };
  },
};

/** Events with their names, each JSON, and one of two ends. */
function checkEvents(text: string): void {
  const blocks = text.split('\n\n').filter((block) => block !== '' && !block.startsWith(':'));
  const types = blocks.map((block) => {
    const data = block
      .split('\n')
      .filter((line) => line.startsWith('data: '))
      .map((line) => line.slice('data: '.length));
    const { type } = JSON.parse(data.join('\n')) as { type?: unknown };
    return type;
  });
  assert.match(String(types.at(-1)), /^(?:response\.(?:completed|incomplete)|error)$/, text);
}
