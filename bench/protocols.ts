import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadavg } from 'node:os';
import { startGateway } from '../test/e2e/gateway-process.ts';

/**
 * `node bench/protocols.ts [--rounds 8 --seconds 2]`: what a request takes of the gateway's processor where client and upstream
 * speak the same API, one API after the other in turn: a short question, and an agent's conversation with tools.
 */
const option = (name: string, fallback: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const rounds = option('rounds', 8);
const seconds = option('seconds', 2);
const CONNECTIONS = 16;

const ANSWERS: Readonly<Record<string, string>> = {
  '/v1/chat/completions': JSON.stringify({
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [
      { index: 0, message: { role: 'assistant', content: 'Rome is in Italy.' }, finish_reason: 'stop' },
    ],
    usage: { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 },
  }),
  '/v1/messages': JSON.stringify({
    id: 'm',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [{ type: 'text', text: 'Rome is in Italy.' }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 20, output_tokens: 5 },
  }),
  '/v1/responses': JSON.stringify({
    id: 'r',
    object: 'response',
    created_at: 1,
    status: 'completed',
    error: null,
    model: 'm',
    output: [
      {
        id: 'msg',
        type: 'message',
        status: 'completed',
        role: 'assistant',
        content: [{ type: 'output_text', annotations: [], text: 'Rome is in Italy.' }],
      },
    ],
    usage: { input_tokens: 20, output_tokens: 5, total_tokens: 25 },
  }),
};

const WORDS = 'It was the best of times, it was the worst of times. '.repeat(20);
const schema = { type: 'object', properties: { path: { type: 'string' }, line: { type: 'integer' } } };
const turns = Array.from({ length: 20 }, (_, index) => index);
const names = turns.map((index) => `tool_${index}`);

const question = { role: 'user', content: 'Where is Rome?' };
const REQUESTS = {
  short: {
    '/v1/chat/completions': { model: 'chat', max_tokens: 50, messages: [question] },
    '/v1/messages': { model: 'message', max_tokens: 50, messages: [question] },
    '/v1/responses': { model: 'response', max_output_tokens: 50, input: [question] },
  },
  agent: {
    '/v1/chat/completions': {
      model: 'chat',
      max_tokens: 50,
      messages: [
        { role: 'system', content: WORDS },
        ...turns.flatMap((index) => [
          { role: 'user', content: WORDS },
          {
            role: 'assistant',
            content: null,
            tool_calls: [
              {
                id: `call_${index}`,
                type: 'function',
                function: { name: 'tool_1', arguments: '{"path":"a","line":1}' },
              },
            ],
          },
          { role: 'tool', tool_call_id: `call_${index}`, content: WORDS },
        ]),
      ],
      tools: names.map((name) => ({
        type: 'function',
        function: { name, description: WORDS, parameters: schema },
      })),
    },
    '/v1/messages': {
      model: 'message',
      max_tokens: 50,
      system: [{ type: 'text', text: WORDS, cache_control: { type: 'ephemeral' } }],
      messages: turns.flatMap((index) => [
        { role: 'user', content: WORDS },
        {
          role: 'assistant',
          content: [{ type: 'tool_use', id: `call_${index}`, name: 'tool_1', input: { path: 'a', line: 1 } }],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: `call_${index}`, content: WORDS }] },
      ]),
      tools: names.map((name) => ({ name, description: WORDS, input_schema: schema })),
    },
    '/v1/responses': {
      model: 'response',
      max_output_tokens: 50,
      instructions: WORDS,
      input: turns.flatMap((index) => [
        { role: 'user', content: WORDS },
        {
          type: 'function_call',
          call_id: `call_${index}`,
          name: 'tool_1',
          arguments: '{"path":"a","line":1}',
        },
        { type: 'function_call_output', call_id: `call_${index}`, output: WORDS },
      ]),
      tools: names.map((name) => ({ type: 'function', name, description: WORDS, parameters: schema })),
    },
  },
} as const;

const stub = createServer((request, response) => {
  request.resume().on('end', () => {
    response.setHeader('content-type', 'application/json');
    response.end(ANSWERS[request.url ?? ''] ?? '{}');
  });
});
await new Promise<void>((resolve) => stub.listen(0, '127.0.0.1', resolve));
const baseUrl = `http://127.0.0.1:${(stub.address() as AddressInfo).port}/v1`;
const gateway = await startGateway(`upstreams:
  chats: { baseUrl: "${baseUrl}", location: on-premises }
  messages: { baseUrl: "${baseUrl}", location: on-premises, dialect: anthropic }
  responses: { baseUrl: "${baseUrl}", location: on-premises, dialect: openai-responses }
models:
  chat: { upstream: chats, model: m, logprobs: none }
  message: { upstream: messages, model: m }
  response: { upstream: responses, model: m, logprobs: none }
routes: { auto: { tiers: [chat], objective: { thresholds: [] } } }
`);

/** Of the whole process, in seconds; `/proc` counts in hundredths. */
function processorSeconds(): number {
  const fields =
    readFileSync(`/proc/${gateway.process.pid ?? 0}/stat`, 'utf8')
      .split(') ')[1]
      ?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function load(path: string, body: string, forMs: number): Promise<number> {
  const began = processorSeconds();
  const endMs = performance.now() + forMs;
  let requests = 0;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (performance.now() < endMs) {
        const response = await fetch(gateway.origin + path, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        });
        if (!response.ok) throw new Error(await response.text());
        await response.text();
        requests += 1;
      }
    }),
  );
  return ((processorSeconds() - began) * 1e6) / requests;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

for (const [kind, requests] of Object.entries(REQUESTS)) {
  const taken = new Map<string, number[]>();
  for (let round = -1; round < rounds; round += 1)
    for (const [path, body] of Object.entries(requests)) {
      const each = await load(path, JSON.stringify(body), seconds * 1_000);
      // The first round warms up.
      if (round >= 0) taken.set(path, [...(taken.get(path) ?? []), each]);
    }
  const [[, chats = []] = [], ...others] = taken;
  const figures = others.map(([path, each]) => {
    const ratios = each.map((one, round) => one / (chats[round] ?? Number.NaN));
    const spread = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
    return `${path} ${median(each).toFixed(0)} µs, ratio ${median(ratios).toFixed(2)} (${spread})`;
  });
  const bytes = JSON.stringify(requests['/v1/chat/completions']).length;
  process.stdout.write(
    `${kind} (${bytes} bytes): chat ${median(chats).toFixed(0)} µs, ${figures.join(', ')}, ${rounds} rounds, load ${loadavg()[0]?.toFixed(1)}\n`,
  );
}
await gateway.stop();
stub.close();
