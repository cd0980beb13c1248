import { randomUUID } from 'node:crypto';
import { parseConfig } from '../config/load.ts';
import { formatProblem } from '../config/problem.ts';
import { createResolver } from '../config/resolve.ts';
import type { Config } from '../config/schema.ts';
import { renderConfig } from '../config/write.ts';
import type { RecordTier } from '../learning/record.ts';
import { createGateway, createLog } from '../gateway.ts';
import { unusable } from './exit.ts';

/** A server to be asked, as the command line names it. */
export interface TierArgument {
  name: string;
  baseUrl: string;
  /** The server's name for the model. */
  model: string;
}

/** `NAME=URL[,MODEL]`; the model is called as the tier where none is named. Undefined where the text is no such thing. */
export function parseTier(text: string): TierArgument | undefined {
  const [, name, baseUrl, model] = /^([^=]+)=(https?:\/\/[^,\s]+)(?:,(.+))?$/.exec(text) ?? [];
  return name === undefined || baseUrl === undefined ? undefined : { name, baseUrl, model: model ?? name };
}

/** The configuration that asks these servers, each for its one model. @throws {CommandError} where a name or URL is unusable. */
export function tierConfig(tiers: readonly TierArgument[]): Config {
  const names = tiers.map(({ name }) => name);
  const input = {
    upstreams: Object.fromEntries(
      tiers.map(({ name, baseUrl }) => [name, { baseUrl, location: 'on-premises' as const }]),
    ),
    models: Object.fromEntries(
      tiers.map(({ name, model }) => [name, { upstream: name, model: model.replaceAll('${', '$${') }]),
    ),
    routes: {
      auto: {
        tiers: names,
        ...(names.length > 1 ? { objective: { thresholds: names.slice(1).map(() => 1) } } : {}),
      },
    },
  };
  const loaded = parseConfig(renderConfig(input), { file: '--tier', folder: '.', environment: {} });
  if (loaded.ok) return loaded.config;
  throw unusable(
    loaded.problems.map(({ path, message }) => formatProblem({ file: '--tier', path, message })).join('\n'),
  );
}

/** The tiers of a route, to be asked through a gateway of their own that listens to nothing and keeps no record. */
export async function openTiers(
  config: Config,
  route: string,
  { latency }: { latency: boolean },
): Promise<{ tiers: RecordTier[]; close: () => Promise<void> }> {
  const policy = createResolver(config, { now: new Date() }).routes.get(route);
  if (policy === undefined)
    throw unusable(
      `there is no route '${route}'; --route takes one of: ${Object.keys(config.routes).join(', ')}`,
    );
  const gateway = await createGateway({
    config: { ...config, store: { kind: 'sqlite', path: ':memory:' } },
    environment: process.env,
    log: createLog('silent'),
  });
  const tiers = policy.tiers.map(({ name, model, upstream, price }): RecordTier => ({
    name,
    ...(price === undefined
      ? {}
      : { price: { input: price.input / NANO_PER_TOKEN, output: price.output / NANO_PER_TOKEN } }),
    async ask(question, signal) {
      const { params = {} } = config.models[name] ?? {};
      const body = JSON.stringify({ model, ...question, ...params });
      const startedMs = performance.now();
      const reply = await gateway.call(upstream, {
        model,
        body,
        stream: false,
        requestId: `record-${randomUUID()}`,
        signal,
      });
      const latencyMs = performance.now() - startedMs;
      if (reply.kind !== 'json') throw new TypeError('it answered with a stream although none was asked for');
      return { body: JSON.parse(reply.text) as unknown, ...(latency ? { latencyMs } : {}) };
    },
  }));
  return { tiers, close: () => gateway.close() };
}

/** Nano-dollars per token in one US dollar per million tokens. */
const NANO_PER_TOKEN = 1_000;
