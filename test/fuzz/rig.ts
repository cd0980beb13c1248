/** A real gateway over HTTP between a scripted model server and whoever asks, and what must hold of each exchange. */
import assert from 'node:assert/strict';
import { parseConfig } from '../../src/config/load/load.ts';
import { ERRORS } from '../../src/errors.ts';
import { ENDPOINTS } from '../../src/pass-through/endpoints.ts';
import { createGateway, type Gateway } from '../../src/gateway/gateway.ts';
import type { Log } from '../../src/telemetry/names.ts';
import { answersMessage } from '../../src/upstream/scripted/anthropic-reply.ts';
import { answers, type ScriptedStep } from '../../src/upstream/scripted/scripted-reply.ts';
import { createScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';
import { played } from '../../src/upstream/scripted/testing.ts';
import { requestBytes, send, type Seen } from './raw-http.ts';

/** Stands in no log line, error or header. */
const SECRET = 'sk-canary-4f1d9b7e2c6a8d03';
/** A word of a prompt: stands in no log line and no row, for texts are not kept. */
export const PROMPT_WORD = 'zanzibarquokka';

export const ROUTES = ['held', 'live', 'strict'] as const;

/** Clients of Anthropic's API. */
export const MESSAGES = '/v1/messages';
/** Those that end at, or are, a model behind that API. */
export const NATIVE_ROUTES = ['mixed', 'native'] as const;

export interface Rig {
  port: number;
  gateway: Gateway;
  /** What models answer from now on. */
  plays(step: ScriptedStep): void;
  /** The bodies that models were sent since the last call. */
  takeAsked(): string[];
  ask(request: Parameters<typeof requestBytes>[1]): Promise<Seen>;
  /** Sends a chat, and holds what must hold of every answer; with its row in the record, where it reached a route. */
  chat(
    body: string,
    headers?: readonly string[],
    path?: '/v1/chat/completions' | '/v1/responses' | typeof MESSAGES,
  ): Promise<{ seen: Seen; decision: Decision | undefined }>;
  /** What must hold of any answer. */
  check(seen: Seen): void;
  /** What must hold after each input: nothing uncaught, nothing told that nobody may know, and the next request is answered. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

export interface Decision {
  status: number;
  costUsd?: string;
  attempts: {
    served: boolean;
    costUsd?: string;
    inputTokens?: number;
    outputTokens?: number;
    usageEstimated: boolean;
    errorCode?: string;
  }[];
}

const configuration = (baseUrl: string): string => `
listen: 127.0.0.1:0
store: 'sqlite::memory:'
drainTimeout: 1s
log: { level: debug }
limits: { bodyBytes: 300000, writeTimeout: 20s, receiveTimeout: 10s }
upstreams:
  near: { baseUrl: '${baseUrl}', location: on-premises, apiKey: '\${SECRET}', retries: 0, failureAllowancePerHour: 1000000000 }
  far: { baseUrl: '${baseUrl}', location: cloud, apiKey: '\${SECRET}', retries: 0, failureAllowancePerHour: 1000000000 }
  apart: { baseUrl: '${baseUrl}', location: cloud, dialect: openai-responses, apiKey: '\${SECRET}', retries: 0, failureAllowancePerHour: 1000000000 }
  abroad: { baseUrl: '${baseUrl}', location: cloud, dialect: anthropic, apiKey: '\${SECRET}', retries: 0, failureAllowancePerHour: 1000000000 }
models:
  other: { upstream: apart, model: other, logprobs: stream, price: { input: 10, output: 20 } }
  claude: { upstream: abroad, model: claude, price: { input: 10, output: 20, cachedInput: 1 } }
  small: { upstream: near, model: tiny, logprobs: stream, price: { input: 1, output: 2 } }
  large: { upstream: far, model: huge, logprobs: stream, price: { input: 10, output: 20 } }
routes:
  held: { serves: [gpt-4o], tiers: [small, large], objective: { thresholds: [0.8] }, data: { private: on-premises } }
  live: { tiers: [large] }
  apart: { tiers: [small, other], objective: { thresholds: [0.8] } }
  mixed: { tiers: [small, claude], objective: { thresholds: [0.8] } }
  native: { tiers: [claude] }
  strict: { tiers: [small, large], objective: { thresholds: [0.8] }, onAbstain: error }
`;

const GOOD: ScriptedStep = (asked) =>
  played(
    asked.model === 'claude'
      ? answersMessage('Rome')
      : answers({ tokens: [{ text: 'Rome', logprob: -0.01, top: [['Rome', -0.01]] }] }),
    asked,
  );

/** @param baseUrl of another server than the scripted one. */
export async function openRig(baseUrl?: string): Promise<Rig> {
  let step: ScriptedStep = GOOD;
  const chats: ScriptedStep = (asked) => played(step, asked);
  const posts = Object.fromEntries(
    [...ENDPOINTS.map(({ upstreamPath }) => upstreamPath), '/responses'].map((path) => [`/v1${path}`, chats]),
  );
  const server = await createScriptedServer({ chat: chats, posts });
  // They are too many to be kept.
  const takeAsked = (): string[] =>
    (server.asked as unknown as { text: string }[]).splice(0).map(({ text }) => text);
  const logged: string[] = [];
  const write = (level: string) => (fields: object, message: string) =>
    void logged.push(`${level} ${JSON.stringify(fields)} ${message}`);
  const log: Log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  const environment = { SECRET };
  const loaded = parseConfig(configuration(baseUrl ?? server.baseUrl), {
    file: 'weir.yaml',
    folder: '/',
    environment,
  });
  assert.ok(loaded.ok, JSON.stringify(loaded));
  const gateway = await createGateway({ config: loaded.config, environment, log });
  const { port } = await gateway.listen();
  const uncaught: unknown[] = [];
  const onUncaught = (error: unknown): void => void uncaught.push(error);
  process.on('unhandledRejection', onUncaught);
  process.on('uncaughtException', onUncaught);

  const ask: Rig['ask'] = async (request) => {
    const seen = await send(port, requestBytes(port, request));
    assert.ok(seen !== undefined, 'the connection was closed without an answer');
    return seen;
  };

  async function decisionOf(seen: Seen): Promise<Decision | undefined> {
    const id = seen.headers['x-weir-id'];
    if (id === undefined) return undefined;
    const found = await ask({ method: 'GET', path: `/v1/decisions/${id}` });
    assert.equal(found.status, 200, `the record has no row of ${id}: ${found.text}`);
    assert.ok(!found.text.includes(PROMPT_WORD), `the record tells of the prompt: ${found.text}`);
    assert.ok(!found.text.includes(SECRET), `the record tells the key: ${found.text}`);
    return JSON.parse(found.text) as Decision;
  }

  async function chat(
    body: string,
    headers?: readonly string[],
    path: Parameters<Rig['chat']>[2] = '/v1/chat/completions',
  ): ReturnType<Rig['chat']> {
    const seen = await ask({ path, body, ...(headers === undefined ? {} : { headers }) });
    if (path === MESSAGES) checkMessage(seen);
    else checkAnswer(seen);
    const decision = await decisionOf(seen);
    if (decision !== undefined)
      for (const attempt of decision.attempts)
        if (attempt.served) assert.ok(attempt.costUsd !== undefined, 'a served answer has a cost');
    return { seen, decision };
  }

  return {
    port,
    gateway,
    plays: (next) => {
      step = next;
    },
    takeAsked,
    ask,
    chat,
    check: checkAnswer,
    async settle() {
      step = GOOD;
      takeAsked();
      // The next requests are answered, which closes the circuits of models that failed.
      if (baseUrl === undefined)
        for (const route of ['held', 'live', 'native']) {
          const { seen } = await chat(
            JSON.stringify({ model: route, messages: [{ role: 'user', content: 'Where?' }] }),
          );
          assert.equal(seen.status, 200, `a good request afterwards: ${seen.text}`);
        }
      assert.deepEqual(uncaught.splice(0), [], 'nobody caught this');
      for (const line of logged.splice(0)) {
        assert.ok(!line.includes(SECRET), `the log tells the key: ${line}`);
        assert.ok(!line.includes(PROMPT_WORD), `the log tells of the prompt: ${line}`);
        // An alarm is about a model that fails, as it should in these inputs.
        if (!line.includes('"alarm"')) assert.ok(!line.startsWith('error'), `the gateway failed: ${line}`);
      }
    },
    async close() {
      process.off('unhandledRejection', onUncaught);
      process.off('uncaughtException', onUncaught);
      await gateway.close();
      await server.close();
    },
  };
}

/** A clear status, an error in the client's form, nothing of ours that failed, no secret. */
function checkAnswer(seen: Seen): void {
  const all = JSON.stringify(seen);
  assert.ok(!all.includes(SECRET), `the client is told the key: ${all}`);
  if (seen.status < 400) return;
  assert.match(seen.headers['content-type'] ?? '', /^application\/json/, all);
  const { error } = JSON.parse(seen.text) as {
    error: { message: unknown; type: unknown; param: unknown; code: unknown };
  };
  assert.deepEqual(Object.keys(error).toSorted(), ['code', 'message', 'param', 'type'], all);
  assert.ok(typeof error.message === 'string' && error.message !== '', all);
  assert.ok(typeof error.type === 'string' && typeof error.code === 'string', all);
  assert.notEqual(error.code, 'internal_error', all);
  assert.ok(seen.status !== 500, all);
  if (!Object.hasOwn(ERRORS, error.code)) return;
  const { status } = ERRORS[error.code as keyof typeof ERRORS];
  if (error.code !== 'upstream_rejected' && ![408, 417, 431].includes(seen.status))
    assert.equal(seen.status, status, all);
}

/** The same of Anthropic's form. */
function checkMessage(seen: Seen): void {
  const all = JSON.stringify(seen);
  assert.ok(!all.includes(SECRET), `the client is told the key: ${all}`);
  if (seen.status < 400) return;
  // What is no request of HTTP, or of nobody's path, is told before there is a protocol.
  const told = JSON.parse(seen.text) as { type?: unknown; error: Record<string, unknown> };
  assert.equal(told.type, 'error', all);
  const { type, message, details } = told.error as {
    type: unknown;
    message: unknown;
    details: { error_code: unknown };
  };
  assert.ok(typeof type === 'string' && typeof message === 'string' && message !== '', all);
  assert.notEqual(details.error_code, 'internal_error', all);
  assert.ok(seen.status !== 500, all);
}

/**
 * What a stream of Anthropic's events must be: each has a name and JSON, and the last is one of two. Where the gateway wrote
 * them, blocks come one after the other.
 */
export function checkEvents({ text }: Seen, written: boolean): { failed: boolean } {
  const events = text
    .split('\n\n')
    .filter((block) => block !== '' && !block.startsWith(':'))
    .map((block) => {
      const [, name, lines = ''] = /^event: ([^\r\n]*)\n((?:data: [^\r\n]*\n?)+)$/.exec(block) ?? [];
      assert.ok(name !== undefined, `no event with a name: ${JSON.stringify(block)}`);
      const data = lines.replaceAll(/^data: /gm, '');
      return {
        name,
        value: JSON.parse(data) as {
          type?: unknown;
          index?: number;
          error?: { details?: { error_code?: unknown } };
        },
      };
    })
    .filter(({ name }) => name !== 'ping');
  const last = events.at(-1);
  assert.ok(last !== undefined, `a stream without an event: ${text}`);
  assert.ok(last.name === 'message_stop' || last.name === 'error', `neither the end nor an error: ${text}`);
  if (last.name === 'error') assert.notEqual(last.value.error?.details?.error_code, 'internal_error', text);
  if (written) {
    let order = '';
    let blocks = 0;
    for (const { name, value } of events) {
      assert.equal(value.type, name, text);
      order +=
        {
          message_start: 'm',
          content_block_start: '<',
          content_block_delta: '.',
          content_block_stop: '>',
          message_delta: 'd',
          message_stop: 's',
        }[name] ?? 'e';
      if (name === 'content_block_start') assert.equal(value.index, blocks, text);
      if (name === 'content_block_delta') assert.equal(value.index, blocks, text);
      if (name === 'content_block_stop') assert.equal(value.index, blocks++, text);
    }
    assert.match(order, /^(?:m(?:<\.*>)*ds|(?:m(?:<\.*>)*(?:<\.*)?)?e)$/, text);
  }
  return { failed: last.name === 'error' };
}

export const isStream = ({ headers }: Seen): boolean =>
  headers['content-type']?.startsWith('text/event-stream') === true;

/** What a stream must be for the API's clients: events of JSON that they can read, and one of two ends. */
export function checkStream({ text }: Seen): { chunks: Record<string, unknown>[]; failed: boolean } {
  const events = text
    .split('\n\n')
    .filter((block) => block !== '' && !block.startsWith(':'))
    .map((block) => {
      const lines = block.split('\n');
      assert.ok(
        lines.every((line) => line.startsWith('data: ')),
        `a line of no event: ${JSON.stringify(block)}`,
      );
      return lines.map((line) => line.slice('data: '.length)).join('\n');
    });
  const last = events.pop();
  assert.ok(last !== undefined, `a stream without an event: ${text}`);
  const chunks = events.map((data) => JSON.parse(data) as Record<string, unknown>);
  for (const chunk of chunks) checkChunk(chunk);
  if (last === '[DONE]') return { chunks, failed: false };
  const end = JSON.parse(last) as { error?: { message?: unknown; code?: unknown } };
  assert.ok(typeof end.error?.message === 'string', `neither the end nor an error: ${last}`);
  assert.notEqual(end.error.code, 'internal_error', last);
  return { chunks, failed: true };
}

function checkChunk(chunk: Record<string, unknown>): void {
  const shown = JSON.stringify(chunk);
  assert.ok(Array.isArray(chunk['choices']), `choices are a list: ${shown}`);
  assert.equal(typeof chunk['id'], 'string', shown);
  for (const choice of chunk['choices'] as { delta?: unknown }[]) {
    assert.ok(typeof choice.delta === 'object' && choice.delta !== null, `a delta is there: ${shown}`);
    const { tool_calls: calls } = choice.delta as { tool_calls?: unknown };
    checkCalls(calls, true, shown);
  }
}

/** Official clients put the arguments' pieces together by index. */
export function checkCalls(calls: unknown, streamed: boolean, shown: string): void {
  if (!Array.isArray(calls)) return;
  for (const call of calls as ({ index?: unknown; function?: { arguments?: unknown } | null } | null)[]) {
    if (typeof call !== 'object' || call === null) continue;
    if (streamed)
      assert.ok(Number.isSafeInteger(call.index) && Number(call.index) >= 0, `a place for a call: ${shown}`);
    const given = call.function?.arguments;
    assert.ok(given == null || typeof given !== 'object', `arguments are text: ${shown}`);
  }
}
