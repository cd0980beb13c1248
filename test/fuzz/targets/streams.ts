import assert from 'node:assert/strict';
import fc from 'fast-check';
import { rechunked, type ScriptedReply } from '../../../src/upstream/scripted/scripted-reply.ts';
import { edited, spliced, type Json } from '../hostile-values.ts';
import { checkCalls, checkStream, isStream, openRig, PROMPT_WORD, ROUTES } from '../rig.ts';
import type { FuzzTarget } from '../target.ts';

interface Input {
  route: string;
  /** What the client asks for beside its question. */
  asks: { [key: string]: Json };
  status: number;
  type: string;
  body: string;
  /** Where the body is cut into pieces, in bytes. */
  cuts: number[];
  end: 'end' | 'cut';
}

const chunk = (delta: Json, more: { [key: string]: Json } = {}): Json => ({
  id: 'c1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'tiny',
  choices: [{ index: 0, delta, finish_reason: null, ...more }],
});
const scored = (token: string): Json => ({
  content: [{ token, logprob: -0.1, top_logprobs: [{ token, logprob: -0.1 }] }],
});
const usage: Json = {
  prompt_tokens: 7,
  completion_tokens: 3,
  total_tokens: 10,
  completion_tokens_details: { reasoning_tokens: 1 },
};
const call = (index: number, more: { [key: string]: Json }): Json => ({ tool_calls: [{ index, ...more }] });
const NONE: Json = null;

const PIECES: Json[] = [
  chunk({ role: 'assistant', content: '' }),
  chunk({ content: 'Ro' }, { logprobs: scored('Ro') }),
  chunk({ content: 'me' }, { logprobs: scored('me') }),
  chunk({ reasoning_content: 'Hm' }),
  chunk({ content: '{"town":' }),
  chunk(call(0, { id: 'call_1', type: 'function', function: { name: 'find', arguments: '' } })),
  chunk(call(0, { function: { arguments: '{"town":"Rome"}' } })),
  chunk(call(1, { id: 'call_2', type: 'function', function: { name: 'find', arguments: '{}' } })),
  chunk({}, { finish_reason: 'stop' }),
  { id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'tiny', choices: [], usage },
  { error: { message: `${PROMPT_WORD} is too much`, type: 'server_error', code: 500 } },
  { choices: NONE, usage },
];

const FRAMES = [
  (data: string) => `data: ${data}\n\n`,
  (data: string) => `data:${data}\r\n\r\n`,
  (data: string) => `data: ${data}\r\r`,
  (data: string) => `event: message\ndata: ${data}\n\n`,
  (data: string) => `: ping\n\ndata: ${data}\n\n`,
  (data: string) => `event: ping\ndata: ${data}\n\n`,
  (data: string) => `event: error\ndata: ${data}\n\n`,
  (data: string) => `id: 1\nretry: 5\ndata: ${data.slice(0, 9)}\ndata: ${data.slice(9)}\n\n`,
  (data: string) => `data:\n\ndata: null\n\ndata: ${data}\n\n`,
];

const framed = (data: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.oneof({ arbitrary: fc.constant(0), weight: 5 }, { arbitrary: fc.nat(FRAMES.length - 1), weight: 2 }),
      data,
    )
    .map(([frame, text]) => FRAMES[frame]?.(text) ?? text);

const written = (value: Json): string => JSON.stringify(value);
const event = framed(
  fc.oneof(
    { arbitrary: fc.constantFrom(...PIECES).map(written), weight: 3 },
    { arbitrary: edited(fc.constantFrom(...PIECES)).map(written), weight: 4 },
  ),
);

const stream = fc
  .tuple(
    fc.array(event, { maxLength: 8 }),
    fc.constantFrom(true, true, true, false),
    fc.constantFrom(
      'data: [DONE]\n\n',
      'data: [DONE]\n\n',
      'data: [DONE]\n\n',
      'data: [DONE]',
      '',
      'event: done\ndata: [DONE]\n\n',
    ),
  )
  .map(([events, finishes, end]) => {
    const last = finishes
      ? `data: ${written(PIECES[8] ?? NONE)}\n\ndata: ${written(PIECES[9] ?? NONE)}\n\n`
      : '';
    return events.join('') + last + end;
  });

const whole = edited(
  fc.constant<Json>({
    id: 'c1',
    object: 'chat.completion',
    created: 1,
    model: 'tiny',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: 'Rome',
          reasoning_content: 'Hm',
          tool_calls: [
            { id: 'call_1', type: 'function', function: { name: 'find', arguments: '{"town":"Rome"}' } },
          ],
        },
        logprobs: scored('Rome'),
        finish_reason: 'stop',
      },
    ],
    usage,
  }),
).map(written);

const tool: Json = {
  type: 'function',
  function: { name: 'find', parameters: { type: 'object', required: ['town'] } },
};
const ASKS: { [key: string]: Json }[] = [
  { stream: true },
  { stream: true },
  { stream: true, stream_options: { include_usage: true } },
  { stream: true, logprobs: true, top_logprobs: 1 },
  { stream: true, tools: [tool], tool_choice: 'required' },
  { stream: true, response_format: { type: 'json_object' } },
  {},
  { tools: [tool] },
];

/** What model servers answer, byte by byte, whatever they were asked. */
export const streams: FuzzTarget<Input> = {
  name: 'streams',
  inputs: fc.record({
    route: fc.constantFrom(...ROUTES),
    asks: fc.constantFrom(...ASKS),
    status: fc.constantFrom(200, 200, 200, 200, 200, 200, 400, 500, 429, 503, 204, 302),
    type: fc.constantFrom(
      'text/event-stream',
      'text/event-stream',
      'text/event-stream',
      'application/json',
      'text/html',
      '',
    ),
    body: spliced(fc.oneof({ arbitrary: stream, weight: 3 }, { arbitrary: whole, weight: 1 })),
    cuts: fc.array(fc.nat(2_000), { maxLength: 12 }),
    end: fc.constantFrom('end', 'end', 'end', 'cut'),
  }),
  async open() {
    const rig = await openRig();
    return {
      async run({ route, asks, status, type, body, cuts, end }) {
        const reply: ScriptedReply = {
          status,
          headers: type === '' ? {} : { 'content-type': type },
          body: [body],
          then: end,
        };
        rig.plays(rechunked(reply, cuts));
        const question = {
          model: route,
          messages: [{ role: 'user', content: `Where is ${PROMPT_WORD}?` }],
          ...asks,
        };
        const { seen, decision } = await rig.chat(JSON.stringify(question));
        assert.ok(decision !== undefined, 'every request that reached a route has a row');
        if (isStream(seen)) {
          const { failed } = checkStream(seen);
          if (!failed) assert.equal(decision.status, 200);
        } else if (seen.status === 200) {
          const { choices } = JSON.parse(seen.text) as {
            choices: { message?: { tool_calls?: unknown } | null }[];
          };
          for (const choice of choices) checkCalls(choice.message?.tool_calls, false, seen.text);
        }
        await rig.settle();
      },
      close: rig.close,
    };
  },
};
