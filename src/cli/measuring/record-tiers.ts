import { randomUUID } from 'node:crypto';
import { parseConfig } from '../../config/load/load.ts';
import { formatProblem } from '../../config/load/problem.ts';
import { createResolver } from '../../config/resolve.ts';
import type { Config } from '../../config/schema/schema.ts';
import { renderConfig } from '../../config/init/write.ts';
import type { RecordTier } from '../../recordings/record.ts';
import { traceMessages } from '../../traces/trace.ts';
import { createGateway, createLog } from '../../gateway/gateway.ts';
import { unusable } from '../exit.ts';
import { callInWords, wordsOf } from '../serving/upstream-words.ts';

export type PaidSignals = NonNullable<RecordTier['paid']>['signals'];

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
  { latency, paidSignals }: { latency: boolean; paidSignals?: PaidSignals },
): Promise<{ tiers: RecordTier[]; close: () => Promise<void> }> {
  const policy = createResolver(config, { now: new Date() }).routes.get(route);
  if (policy === undefined)
    throw unusable(
      `there is no route '${route}'; --route takes one of: ${Object.keys(config.routes).join(', ')}`,
    );
  const gateway = await createGateway({
    config: { ...config, store: 'sqlite::memory:' },
    environment: process.env,
    log: createLog('silent'),
  });
  const call = callInWords(gateway.call);
  const tiers = policy.tiers.map((tier): RecordTier => {
    const { name, model, upstream, price } = tier;
    const signals = paidSignals ?? config.models[name]?.paidSignals ?? [];
    return {
      name,
      ...(signals.length === 0 ? {} : { paid: { signals, ask: askPaid(gateway, tier) } }),
      ...(price === undefined
        ? {}
        : { price: { input: price.input / NANO_PER_TOKEN, output: price.output / NANO_PER_TOKEN } }),
      async ask(question, signal) {
        const { params = {} } = config.models[name] ?? {};
        const body = JSON.stringify({ model, ...question, ...params });
        const startedMs = performance.now();
        const reply = await call(upstream, {
          model,
          body,
          stream: false,
          requestId: `record-${randomUUID()}`,
          signal,
        });
        const latencyMs = performance.now() - startedMs;
        if (reply.kind !== 'whole')
          throw new TypeError('it answered with a stream although none was asked for');
        return { body: JSON.parse(reply.text) as unknown, ...(latency ? { latencyMs } : {}) };
      },
    };
  });
  return { tiers, close: () => gateway.close() };
}

function askPaid(
  gateway: Awaited<ReturnType<typeof createGateway>>,
  tier: Parameters<typeof gateway.assess>[0],
): NonNullable<RecordTier['paid']>['ask'] {
  return async (trace, { answer, toolCalls = [] }, name, signal) => {
    const { value, costNanoUsd, error } = await gateway.assess(tier, {
      messages: traceMessages(trace),
      answer: { text: answer, toolCalls },
      name,
      requestId: `record-${randomUUID()}`,
      signal,
    });
    // A model that says something else than was asked for has answered; a server that fails has not.
    if (value === undefined && !isAnswer(error)) throw new Error(wordsOf(error), { cause: error });
    return {
      ...(value === undefined ? {} : { value }),
      ...(costNanoUsd === undefined ? {} : { costUsd: costNanoUsd / 1e9 }),
    };
  };
}

function isAnswer(error: unknown): boolean {
  return error instanceof Error && error.name === 'InvalidAnswer';
}

/** Nano-dollars per token in one US dollar per million tokens. */
const NANO_PER_TOKEN = 1_000;
