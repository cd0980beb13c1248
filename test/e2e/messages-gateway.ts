import { createGateway, type Gateway } from '../../src/gateway/gateway.ts';
import type { Script } from '../../src/upstream/scripted/scripted-reply.ts';
import { createScriptedServer, type ScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';
import { readSse, type SseEvent } from '../../src/wire/sse.ts';
import { configIn } from './scripted-gateway.ts';

/** A gateway between a small model behind OpenAI's API and a large one behind Anthropic's. */
export interface MessagesGateway {
  small: ScriptedServer;
  large: ScriptedServer;
  gateway: Gateway;
  base: string;
  post(path: string, body: object | string, headers?: Record<string, string>): Promise<Response>;
  close(): Promise<void>;
}

/** @param more further routes, and what comes after them; @param models further models */
export async function openMessagesGateway(
  scripts: { small: Script; large: Script },
  more = '',
  routes: Record<string, unknown> = {},
  models = '',
): Promise<MessagesGateway> {
  const small = await createScriptedServer({ chat: scripts.small });
  const large = await createScriptedServer({ chat: scripts.large, routes });
  const config = configIn(
    process.cwd(),
    `
listen: 127.0.0.1:0
store: 'sqlite::memory:'
upstreams:
  near: { baseUrl: '${small.baseUrl}', location: on-premises, retries: 0 }
  far: { baseUrl: '${large.baseUrl}', location: cloud, dialect: anthropic, apiKey: sk-far, retries: 0 }
models:
  small: { upstream: near, model: tiny, logprobs: stream, price: { input: 1, output: 2 } }
  large: { upstream: far, model: claude, price: { input: 10, output: 20, cachedInput: 1, cacheWrite: 12 } }
  ${models}
routes:
  auto: { tiers: [small, large], objective: { thresholds: [0.8] }, data: { private: on-premises } }
${more}`,
  );
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const gateway = await createGateway({ config, environment: {}, log: silent });
  const base = `http://127.0.0.1:${(await gateway.listen()).port}`;
  return {
    small,
    large,
    gateway,
    base,
    post: (path, body, headers = {}) =>
      fetch(base + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    async close() {
      await gateway.close();
      await small.close();
      await large.close();
    },
  };
}

/** The events of a response. */
export async function eventsIn(response: Response): Promise<SseEvent[]> {
  const events: SseEvent[] = [];
  for await (const event of readSse(response.body as unknown as AsyncIterable<Uint8Array>))
    events.push(event);
  return events;
}
