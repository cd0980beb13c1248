import { randomUUID } from 'node:crypto';
import { parseConfig } from '../../config/load/load.ts';
import { formatProblem } from '../../config/load/problem.ts';
import { toldLookup } from '../../config/told.ts';
import type { Config } from '../../config/schema/schema.ts';
import { renderConfig } from '../../config/init/write.ts';
import { defined } from '../../defined.ts';
import { RECORDED_SAMPLING, type RecordTier } from '../../recordings/record.ts';
import { samplingOf } from '../../routing/provenance.ts';
import { traceMessages } from '../../traces/trace.ts';
import { createGateway, createLog } from '../../gateway/gateway.ts';
import { limitOfTier } from '../../upstream/asked-tier.ts';
import { InvalidAnswer } from '../../upstream/upstream.ts';
import { unusable } from '../common/exit.ts';
import { policyOfRoute } from '../common/read-config.ts';
import { callInWords, wordsOf } from '../common/upstream-words.ts';

export type PaidSignals = NonNullable<RecordTier['paid']>['signals'];

/** A server to ask, as the command line names it. */
export interface TierArgument {
  name: string;
  baseUrl: string;
  /** The server's name for the model. */
  model: string;
}

/** Reads `NAME=URL[,MODEL]`; without a model, its name is the tier's. Undefined if the text has another form. */
export function parseTier(text: string): TierArgument | undefined {
  const [, name, baseUrl, model] = /^([^=]+)=(https?:\/\/[^,\s]+)(?:,(.+))?$/.exec(text) ?? [];
  return name === undefined || baseUrl === undefined ? undefined : { name, baseUrl, model: model ?? name };
}

/** A configuration with these servers, one model each. @throws {CommandError} if a name or a URL is not valid. */
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

/** Opens the tiers of a route, called through a gateway of their own that does not listen and keeps no record. */
export async function openTiers(
  config: Config,
  route: string,
  { latency, paidSignals }: { latency: boolean; paidSignals?: PaidSignals },
): Promise<{ tiers: RecordTier[]; close: () => Promise<void> }> {
  const policy = policyOfRoute(config, route);
  const gateway = await createGateway({
    config: { ...config, store: 'sqlite::memory:' },
    environment: process.env,
    log: createLog('silent'),
  });
  let told: ReturnType<typeof toldLookup> = () => undefined;
  /** Once, before the first question: where nothing is left to ask, nobody is. */
  const reading = once(async () => {
    await gateway.readServers();
    told = toldLookup(config, await gateway.store.servedModels());
  });
  const call = callInWords(gateway.call);
  const tiers = policy.tiers.map((tier, index): RecordTier => {
    const { name, model, upstream, price, asking } = tier;
    const signals = paidSignals ?? config.models[name]?.paidSignals ?? [];
    return {
      name,
      source() {
        const now = policyOfRoute(config, route, told).tiers.find((each) => each.name === name)?.source;
        return {
          model,
          // Checks are not recorded: what reads the answers puts them to its own.
          ...defined({ ...now, checks: undefined }),
          streamed: false,
          sampling: samplingOf(RECORDED_SAMPLING, { params: asking?.params ?? {} }),
        };
      },
      ...(signals.length === 0 ? {} : { paid: { signals, ask: askPaid(gateway, tier) } }),
      ...defined({ price }),
      async ask(question, signal) {
        await reading();
        const { params = {}, maxOutputTokens } = config.models[name] ?? {};
        const { max_tokens: asked } = question;
        const limit = limitOfTier(
          defined({ defaultMaxTokens: maxOutputTokens, maxOutputTokens }),
          typeof asked === 'number' ? [asked] : [],
          index < policy.tiers.length - 1,
        );
        const body = JSON.stringify({ model, ...question, ...defined({ max_tokens: limit }), ...params });
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
          throw new TypeError('the server answered with a stream, although none was requested');
        return { body: JSON.parse(reply.text) as unknown, ...(latency ? { latencyMs } : {}) };
      },
    };
  });
  return { tiers, close: () => gateway.close() };
}

function once(work: () => Promise<void>): () => Promise<void> {
  let begun: Promise<void> | undefined;
  return () => (begun ??= work());
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
    // A reply that cannot be read as the signal is an answer, and is not requested again. A failed call is.
    if (value === undefined && !(error instanceof InvalidAnswer))
      throw new Error(wordsOf(error), { cause: error });
    return defined({ value, costUsd: costNanoUsd === undefined ? undefined : costNanoUsd / 1e9 });
  };
}
