/** An upstream dialect is added through the public interface: a server that speaks no JSON answers clients of OpenAI's API. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import OpenAI from 'openai';
import { parseConfig } from '../../src/config/load/load.ts';
import { createGateway, type Gateway } from '../../src/gateway/gateway.ts';
import { commonRequest, type Completion } from '../../src/protocol/common/chat.ts';
import type { Protocol } from '../../src/protocol/protocol.ts';
import { PROTOCOLS } from '../../src/protocol/protocols.ts';
import { textOfMessages } from '../../src/routing/signals/request-text.ts';
import type { Dialect } from '../../src/upstream/dialect.ts';
import { DIALECTS } from '../../src/upstream/dialects.ts';
import {
  InvalidAnswer,
  maxTokensFieldOf,
  UpstreamError,
  type Upstream,
  type UpstreamRequest,
} from '../../src/upstream/upstream.ts';
import { configIn } from '../e2e/scripted-gateway.ts';

/** What the servers were asked, the oldest first. */
const asked: UpstreamRequest[] = [];

/** A server that is asked in a line, `TINY Which town?`, and answers in one; streamed it says a word at a time, then `over`. */
function createTelex({ name, location }: Pick<Upstream, 'name' | 'location'>): Upstream {
  return {
    name,
    location,
    models: () => Promise.resolve([]),
    available: () => true,
    trouble: () => undefined,
    close: () => Promise.resolve(),
    chat(request) {
      asked.push(request);
      if (request.body.endsWith('Jam.'))
        return Promise.reject(
          new UpstreamError({ code: 'upstream_error', message: 'The paper jams.', safeToRepeat: false }),
        );
      const words = ['ROME', 'STOP'];
      const reply = request.stream
        ? { kind: 'stream' as const, headers: {}, events: eachOf([...words, 'over']) }
        : { kind: 'whole' as const, headers: {}, text: words.join(' ') };
      return Promise.resolve(reply);
    },
  };
}

async function* eachOf(words: readonly string[]): AsyncGenerator<{ data: string }> {
  for (const data of words) yield Promise.resolve({ data });
}

const common = (choice: object): Completion => ({
  id: 'telex',
  created: 1,
  model: 'telex',
  choices: [{ index: 0, ...choice }],
});

const telex: Dialect = {
  name: 'telex',
  format: 'telex',
  logprobs: 'none',
  defaultMaxTokens: 50,
  createUpstream: createTelex,
  writeRequest: ({ format, text, chat }, tier, { stream }) => ({
    body: `${tier.model.toUpperCase()} ${format === 'telex' ? text : textOfMessages(chat.messages).join(' ')}`,
    headers: { words: String(chat.max_tokens ?? tier.defaultMaxTokens) },
    stream,
    dropped: chat.temperature === undefined ? [] : ['temperature'],
  }),
  readWhole(text, { upstream }) {
    if (!text.endsWith(' STOP')) throw new InvalidAnswer(`Upstream '${upstream}' was cut off.`);
    const content = text.slice(0, -' STOP'.length);
    return {
      completion: {
        ...common({ message: { role: 'assistant', content }, finish_reason: 'stop' }),
        object: 'chat.completion',
      },
    };
  },
  openStream: () => (event) => {
    if (event.data === 'over') return 'done';
    const part =
      event.data === 'STOP' ? { delta: {}, finish_reason: 'stop' } : { delta: { content: event.data } };
    return { ...common(part), object: 'chat.completion.chunk' };
  },
  refusesLogprobs: () => false,
  probe: () =>
    Promise.resolve({
      logprobs: 'none',
      streaming: true,
      usageInStream: false,
      notes: [],
    }),
};

/** Clients that speak the servers' own format, in JSON strings since every body is JSON. */
const telexClients: Protocol = {
  name: 'telex',
  paths: ['/telex'],
  idPrefix: 'tx_',
  readRequest: (text) => ({
    ...commonRequest({
      model: 'auto',
      messages: [{ role: 'user', content: text }],
      stream: text.includes('live'),
    }),
    format: 'telex',
    text,
  }),
  renderWhole: ({ format, content }) => (format === 'telex' ? content.text : ''),
  openStream: () => ({
    event: ({ format }, event) => (format === 'telex' ? `${event.data};` : ''),
    answer: ({ content }) =>
      content.kind === 'events' ? content.events.map(({ data }) => `${data};`).join('') : content.text,
    end: () => 'over',
    error: ({ message }) => message,
    keepAlive: () => '',
  }),
  renderError: ({ message }) => message,
};

const CONFIG = `
listen: 127.0.0.1:0
store: 'sqlite::memory:'
upstreams: { office: { baseUrl: 'http://127.0.0.1:1', location: on-premises, retries: 0 } }
models:
  small: { upstream: office, model: tiny }
  large: { upstream: office, model: huge }
routes: { auto: { tiers: [small, large], objective: { thresholds: [0.6] } } }`;

let gateway: Gateway;
let client: OpenAI;
let base: string;

before(async () => {
  const config = configIn(process.cwd(), CONFIG);
  for (const upstream of Object.values(config.upstreams)) upstream.dialect = 'telex';
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  gateway = await createGateway({
    config,
    environment: {},
    log: silent,
    dialects: [...DIALECTS, telex],
    protocols: [...PROTOCOLS, telexClients],
  });
  base = `http://127.0.0.1:${(await gateway.listen()).port}`;
  client = new OpenAI({ baseURL: `${base}/v1`, apiKey: 'none', maxRetries: 0 });
});

after(() => gateway.close());

const ask = (content: string) => ({ model: 'auto', messages: [{ role: 'user' as const, content }] });

test('its answer reaches a client of OpenAI’s API as a whole', async () => {
  const { data, response } = await client.chat.completions
    .create({ ...ask('Which town?'), temperature: 1 })
    .withResponse();
  assert.equal(data.choices[0]?.message.content, 'ROME');
  assert.equal(data.choices[0]?.finish_reason, 'stop');
  assert.equal(data.object, 'chat.completion');
  assert.equal(data.id, response.headers.get('x-weir-id'));
  assert.equal(response.headers.get('x-weir-dropped-params'), 'temperature');
  // Without log-probabilities there is no confidence: the small model is asked, and then the large one.
  assert.deepEqual(
    asked.splice(0).map(({ body }) => body),
    ['TINY Which town?', 'HUGE Which town?'],
  );
});

test('and as a stream, while it comes', async () => {
  const stream = await client.chat.completions.create({ ...ask('Which town?'), stream: true });
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  assert.deepEqual(
    chunks.map(({ choices: [choice] }) => choice?.delta.content ?? choice?.finish_reason),
    ['ROME', 'stop'],
  );
  assert.match(chunks[0]?.id ?? '', /^chatcmpl-/);
  assert.deepEqual(
    asked.splice(0).map((request) => request.stream),
    [true, true],
  );
});

test('a client of the same wire format sends and gets its own text, untranslated', async () => {
  const send = async (body: string): Promise<string> => {
    const headers = { 'content-type': 'application/json' };
    return (await fetch(`${base}/telex`, { method: 'POST', headers, body })).text();
  };
  assert.equal(await send('"Which  town?"'), 'ROME STOP');
  assert.equal(await send('"Which town, live?"'), 'ROME;STOP;over');
  assert.deepEqual(
    asked.splice(0).map(({ body }) => body),
    ['TINY "Which  town?"', 'HUGE "Which  town?"', 'TINY "Which town, live?"', 'HUGE "Which town, live?"'],
  );
});

test('servers that demand a limit get the dialect’s own, where the client and the configuration give none', async () => {
  await client.chat.completions.create({ ...ask('Which town?'), max_tokens: 7 });
  await client.chat.completions.create(ask('Which town?'));
  const body = JSON.stringify({ ...ask('Which town?'), model: 'tiny' });
  const { signal } = new AbortController();
  await gateway.call('office', { model: 'tiny', body, stream: false, requestId: 'r', signal });
  assert.deepEqual(
    asked.splice(0).map(({ headers }) => headers?.['words']),
    ['7', '7', '50', '50', '50'],
  );
});

test('a probe of a model that knows no name for the limit is kept', async () => {
  const { signal } = new AbortController();
  assert.equal((await gateway.probe('small', signal)).maxTokensField, undefined);
  const [kept] = await gateway.store.probes();
  assert.equal(maxTokensFieldOf(kept?.details ?? ''), undefined);
});

test('its failures are told like those of any upstream', async () => {
  await assert.rejects(client.chat.completions.create(ask('Jam.')), { status: 502, code: 'upstream_error' });
});

test('a command asks it in the common form', async () => {
  const body = JSON.stringify({ ...ask('Which town?'), model: 'tiny' });
  const { signal } = new AbortController();
  const reply = await gateway.call('office', { model: 'tiny', body, stream: false, requestId: 'r', signal });
  assert.ok(reply.kind === 'whole');
  assert.equal((JSON.parse(reply.text) as Completion).choices[0]?.message?.content, 'ROME');
});

test('a dialect that is not in the table is refused, with the names of those that are', () => {
  const text = CONFIG.replace('retries: 0', 'retries: 0, dialect: morse');
  const loaded = parseConfig(text, { file: 'weir.yaml', folder: process.cwd(), environment: {} });
  assert.match(JSON.stringify(loaded), /"upstreams\.office\.dialect","message":"it must be openai/);
});
