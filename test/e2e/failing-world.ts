/** A gateway on sockets, before servers that fail as told: for the rows of `docs/operations.md` that say what fails. */
import type { ErrorBody } from '../../src/errors.ts';
import { createGateway } from '../../src/gateway/gateway.ts';
import type { Log } from '../../src/telemetry/names.ts';
import { createScriptedServer, type ScriptedServer } from '../../src/upstream/scripted/scripted-server.ts';
import type { Script } from '../../src/upstream/scripted/scripted-reply.ts';
import { configIn } from './scripted-gateway.ts';

export interface FailingWorld {
  small: ScriptedServer;
  large: ScriptedServer;
  /** API keys of two clients. */
  keys: readonly [string, string];
  /** Asks the route, with the first key unless told. */
  ask(body?: object, key?: string, headers?: Record<string, string>): Promise<Answer>;
  metrics(): Promise<string>;
  /** The names that `/v1/models` lists. */
  listed(): Promise<string[]>;
  /** What `/readyz` says is wrong. */
  degraded(): Promise<string>;
  explanation(answer: Answer): Promise<Explanation>;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  code: string | undefined;
  /** What a client sees of the decision: decision, tier, tiers that failed. */
  marks: (string | null)[];
}

export interface Explanation {
  judgements: { tier: string; action: string; reason: string }[];
  failovers?: { tier: string; code: string; to: string; extraUsd?: string }[];
  unaccepted?: boolean;
}

export interface FailingWorldOptions {
  small: Script;
  large: Script;
  /** Further settings of the small tier's upstream, of its model, of the large one, of the route. */
  upstream?: string;
  model?: string;
  largeModel?: string;
  route?: string;
}

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** Small answers are accepted from a mean probability of .6 on; ten tokens each way cost 3,000 nano-dollars, 30,000 at the large model. */
export async function inFailingWorld(
  options: FailingWorldOptions,
  run: (world: FailingWorld) => Promise<void>,
): Promise<void> {
  const small = await createScriptedServer({ chat: options.small });
  const large = await createScriptedServer({ chat: options.large });
  const text = `
listen: 127.0.0.1:0
store: 'sqlite::memory:'
upstreams:
  local: { baseUrl: '${small.baseUrl}', location: on-premises, retries: 0${options.upstream ?? ''} }
  far: { baseUrl: '${large.baseUrl}', location: cloud, retries: 0 }
models:
  small: { upstream: local, model: tiny, logprobs: stream, price: { input: 0.1, output: 0.2 }${options.model ?? ''} }
  large: { upstream: far, model: huge, logprobs: stream, price: { input: 1, output: 2 }${options.largeModel ?? ''} }
routes:
  auto: { tiers: [small, large], objective: { thresholds: [0.6] }${options.route ?? ''} }
`;
  const gateway = await createGateway({ config: configIn('/', text), environment: {}, log: silent });
  try {
    const { port } = await gateway.listen();
    const made = await Promise.all(
      ['one', 'two'].map((name) => gateway.keys.create({ name, tenant: 'default', operator: true })),
    );
    const keys = [made[0]?.key ?? '', made[1]?.key ?? ''] as const;
    const origin = `http://127.0.0.1:${port}`;
    const get = (path: string): Promise<Response> =>
      fetch(origin + path, { headers: { authorization: `Bearer ${keys[0]}` } });
    await run({
      small,
      large,
      keys,
      async ask(body = {}, key = keys[0], more = {}) {
        const response = await fetch(`${origin}/v1/chat/completions`, {
          method: 'POST',
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...more },
          body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'Which?' }], ...body }),
        });
        const { status, headers } = response;
        const answered = await response.text();
        const { error } = JSON.parse(answered) as Partial<ErrorBody>;
        const marks = ['decision', 'tier', 'failed-tiers'].map((name) => headers.get(`x-weir-${name}`));
        return { status, headers, text: answered, code: error?.code, marks };
      },
      listed: async () =>
        ((await (await get('/v1/models')).json()) as { data: { id: string }[] }).data.map(({ id }) => id),
      metrics: async () => (await get('/metrics')).text(),
      degraded: async () =>
        ((await (await get('/readyz')).json()) as { degraded?: string[] }).degraded?.join(' ') ?? '',
      explanation: async ({ headers }) =>
        (
          (await (await get(`/v1/decisions/${headers.get('x-weir-id')}`)).json()) as {
            explanation: Explanation;
          }
        ).explanation,
    });
  } finally {
    await gateway.close();
    await Promise.all([small.close(), large.close()]);
  }
}
