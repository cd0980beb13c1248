/** A route that observes gives its clients, byte for byte, what a route gives that has only the last tier; whatever the others do. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  answers,
  failures,
  refuses,
  streams,
  type AskedChat,
  type ScriptedReply,
  type ScriptedStep,
} from '../../src/upstream/scripted/scripted-reply.ts';
import { createScriptedServer, type ScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';
import { played } from '../../src/upstream/scripted/testing.ts';
import { startGateway } from './gateway-process.ts';

const WEATHER = {
  type: 'function',
  function: { name: 'weather', parameters: { type: 'object', properties: { town: { type: 'string' } } } },
};
const called = answers({
  toolCalls: [{ id: 'call_1', name: 'weather', arguments: '{"town":"Rome"}' }],
  finish: 'tool_calls',
});
/** Odd spacing, an unknown field, characters of every length: nothing of it may change. */
const ODD: ScriptedReply = {
  headers: { 'content-type': 'application/json', 'x-ratelimit-remaining-requests': '7' },
  body: [
    '{"id":"chatcmpl-own",  "object":"chat.completion","created":1, "model":"huge-2","choices":[ {"index":0,"message":{"role":"assistant","content":"Río\\u00e9 🦊"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5},"else":[1.0,1e2]}',
  ],
};
const chunk = (delta: object, finish: string | null = null): string =>
  JSON.stringify({
    id: 'chatcmpl-own',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'huge-2',
    choices: [{ index: 0, delta, finish_reason: finish }],
  });

/** What the last tier says to a question. */
const LARGE: Readonly<Record<string, ScriptedStep>> = {
  odd: ODD,
  call: called,
  refusal: refuses(400, { message: 'that parameter is too odd', code: 'odd' }),
  illness: refuses(500, { message: 'out of memory' }),
  garbage: failures.garbage,
  cut: failures.cut,
  'stream ends early': streams([chunk({ role: 'assistant', content: 'Ro' })], 'cut'),
  'stream is odd': streams([
    chunk({ role: 'assistant', content: '' }),
    chunk({ content: 'Río 🦊' }),
    chunk({}, 'stop'),
    '[DONE]',
  ]),
};

function largeSays(asked: AskedChat): ScriptedReply | Promise<ScriptedReply> {
  const messages = asked.body['messages'] as { content: unknown }[];
  const question = String(messages.at(-1)?.content);
  return played(LARGE[question] ?? answers(`Large on ${question}`), asked);
}

/** The small tier in every state that it can be in. */
const SMALL: Readonly<Record<string, ScriptedStep>> = {
  'that answers': answers('Small'),
  'that is slow': async (asked) => ({ ...(await played(answers('Small'), asked)), delayMs: 300 }),
  'that fails': refuses(500, { message: 'out of memory' }),
  'that refuses the request': refuses(400, { message: 'no tools here' }),
  'that talks garbage': failures.garbage,
  'that never answers': failures.never,
};

const said = (content: string) => [{ role: 'user', content }];
/** One client's requests, in order: a good answer stands between failures, so that no circuit opens. */
const REQUESTS: readonly Readonly<Record<string, unknown>>[] = [
  { messages: said('plain') },
  { messages: said('plain'), stream: true },
  { messages: said('odd') },
  { messages: said('odd'), stream: true },
  { messages: said('stream is odd'), stream: true, stream_options: { include_usage: true } },
  { messages: said('logprobs'), logprobs: true, top_logprobs: 2 },
  { messages: said('call'), tools: [WEATHER] },
  { messages: said('call'), tools: [WEATHER], stream: true },
  { messages: said('plain'), tools: [WEATHER], tool_choice: 'required' },
  { messages: said('form'), response_format: { type: 'json_object' } },
  { messages: said('refusal') },
  { messages: said('refusal'), stream: true },
  { messages: said('illness') },
  { messages: said('illness'), stream: true },
  { messages: said('plain') },
  { messages: said('garbage') },
  { messages: said('cut') },
  { messages: said('plain') },
  { messages: said('stream ends early'), stream: true },
  { messages: said('plain again'), max_tokens: 5, user: 'me', stop: ['.'] },
  { messages: said('far too long '.repeat(9_000)) },
  { messages: said('n'), n: 2 },
  { messages: 'none' },
];

const ROUTES = {
  alone: 'auto: { tiers: [large] }',
  observing:
    'auto: { tiers: [small, large], mode: observe, objective: { maxQualityLoss: 0.05 } }\nlearning: { auditRate: 1, startRate: 1, agreement: exact, dailyBudgetUsd: 100, maxConcurrent: 4 }',
};

function configOf(route: string, smallUrl: string): string {
  return `recorder: { interval: 1ms }
limits: { requestTimeout: 5s }
upstreams:
  near: { baseUrl: '${smallUrl}', location: on-premises, retries: 0 }
  far: { baseUrl: '${large.baseUrl}', location: cloud, retries: 0, maxConcurrent: 100 }
models:
  small: { upstream: near, model: tiny, price: { input: 1, output: 1 }, logprobs: stream, contextTokens: 100000 }
  large: { upstream: far, model: huge, price: { input: 50, output: 50 }, logprobs: stream, contextTokens: 8000 }
routes:
  ${route}
`;
}

let large: ScriptedServer;
/** What the clients of a route get that has only the last tier. */
let expected: Got[];
before(async () => {
  large = await createScriptedServer({ chat: largeSays });
  const gateway = await startGateway(configOf(ROUTES.alone, 'http://127.0.0.1:9/v1'));
  expected = await inTurn(gateway.origin);
  await gateway.stop();
});
after(() => large.close());

interface Got {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** All that a client gets, but for the time, and what Weir says of its own decision: ids, headers, the closing comment with its length. */
async function ask(
  origin: string,
  body: object,
  headers: Record<string, string> = {},
  path = 'chat/completions',
): Promise<Got> {
  const response = await fetch(`${origin}/v1/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: 'auto', ...body }),
  });
  const text = await response.text();
  const own = [
    'date',
    'x-request-id',
    'request-id',
    ...(text.includes('\n: weir ') ? ['content-length'] : []),
  ];
  const kept = [...response.headers].filter(([name]) => !name.startsWith('x-weir-') && !own.includes(name));
  const written = text
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=_weir_)[0-9a-f]+/g, 'ID')
    .replaceAll(/"(?:created_at|completed_at)":\d+/g, '"created_at":0')
    .replaceAll(/^: weir .*$/gm, ': weir');
  return { status: response.status, headers: Object.fromEntries(kept), body: written };
}

async function inTurn(origin: string): Promise<Got[]> {
  const got: Got[] = [];
  for (const request of REQUESTS) got.push(await ask(origin, request));
  got.push(await ask(origin, { messages: said('plain') }, { 'x-weir-min-tier': 'large' }));
  for (const stream of [false, true]) {
    got.push(await ask(origin, { messages: said('plain'), max_tokens: 9, stream }, {}, 'messages'));
    got.push(await ask(origin, { input: 'plain', store: false, stream }, {}, 'responses'));
  }
  return got;
}

/** Of which some leave. */
const LOAD = process.env['WEIR_LONG_TESTS'] === '1' ? 5_000 : 120;
const CLIENTS = 60;

/** Runs so many pieces of work, a client's one after the other. @returns their results, in order. */
async function atOnce<Result>(count: number, work: (number: number) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < count) {
      const number = next;
      next += 1;
      results[number] = await work(number);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return results;
}

async function metric(origin: string, line: RegExp): Promise<number> {
  const text = await (await fetch(`${origin}/metrics`)).text();
  return [...text.matchAll(line)].reduce((sum, [, value]) => sum + Number(value), 0);
}

for (const [state, script] of [...Object.entries(SMALL), ['that is not there', undefined] as const])
  test(`beside a small tier ${state}, clients get what the last tier alone gives, byte for byte`, async () => {
    const small = script === undefined ? undefined : await createScriptedServer({ chat: script });
    const gateway = await startGateway(configOf(ROUTES.observing, small?.baseUrl ?? 'http://127.0.0.1:9/v1'));
    try {
      assert.deepEqual(await inTurn(gateway.origin), expected);
      if (small !== undefined) await small.request(0);
      // Under load, with clients that leave in between.
      const many = await atOnce(LOAD, async (number) => {
        if (number % 10 === 9) {
          const leaving = fetch(`${gateway.origin}/v1/chat/completions`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ model: 'auto', messages: said('plain'), stream: true }),
            signal: AbortSignal.timeout(5),
          });
          await leaving.then((response) => response.body?.cancel()).catch(() => undefined);
          return undefined;
        }
        return ask(gateway.origin, { messages: said('plain'), stream: number % 2 === 1 });
      });
      for (const [number, got] of many.entries())
        if (got !== undefined) assert.deepEqual(got, expected[number % 2]);
      assert.equal(await metric(gateway.origin, /^weir_attempts_total\{tier="small".*\} (\d+)$/gm), 0);
      assert.ok(
        (await metric(gateway.origin, /^weir_requests_observed_total\{route="auto"\} (\d+)$/gm)) > 100,
      );
    } finally {
      await gateway.stop('SIGKILL');
      await small?.close();
    }
  });
