import { defined } from '../defined.ts';
import { createResolver, type Resolver, type ResolverContext } from '../config/resolve.ts';
import { serverHash, toldLookup } from '../config/told.ts';
import type { Config, UpstreamConfig } from '../config/schema/schema.ts';
import type { ServedModelRow } from '../store/contract/source-rows.ts';
import type { ProbeRow, Store } from '../store/contract/store.ts';
import { dialectNamed, type Dialects } from './upstreams.ts';

export interface ProbedResolver extends Resolver {
  /** What a probe of this upstream's model found out; `undefined` where the server that it is now was never probed. */
  probeOf(upstream: string, model: string): ProbeRow | undefined;
  /** How log-probabilities come there, by a probe or by the upstream's dialect; `undefined` where neither says. */
  logprobsOf(upstream: string, model: string): ProbeRow['logprobs'] | undefined;
}

/** What is known of servers and their models beside the configuration. */
export interface FoundOut {
  probes: readonly ProbeRow[];
  servedModels: readonly ServedModelRow[];
}

/** @throws {WeirError} store_unavailable */
export async function readFoundOut(store: Pick<Store, 'probes' | 'servedModels'>): Promise<FoundOut> {
  return { probes: await store.probes(), servedModels: await store.servedModels() };
}

/** The configuration as policies, with what was found out of its models. */
export function createProbedResolver(
  config: Config,
  { probes, servedModels, dialects }: FoundOut & { dialects: Dialects },
  inForce?: ResolverContext['inForce'],
): ProbedResolver {
  const probeOf: ProbedResolver['probeOf'] = (upstream, model) =>
    probes.find(
      (probe) =>
        probe.upstream === upstream &&
        probe.model === model &&
        isOfServer(probe.details, config.upstreams[upstream]),
    );
  const logprobsOf: ProbedResolver['logprobsOf'] = (upstream, model) =>
    probeOf(upstream, model)?.logprobs ??
    dialectNamed(dialects, config.upstreams[upstream]?.dialect ?? '').logprobs;
  const resolver = createResolver(config, {
    now: new Date(),
    probedContext: (upstream, model) => probeOf(upstream, model)?.contextTokens,
    probedLogprobs: logprobsOf,
    told: toldLookup(config, servedModels),
    ...defined({ inForce }),
  });
  return { ...resolver, probeOf, logprobsOf };
}

/** Probes of earlier releases do not say whom they asked, and are believed. */
function isOfServer(details: string, upstream: UpstreamConfig | undefined): boolean {
  const { server } = JSON.parse(details) as { server?: string };
  return server === undefined || upstream === undefined || server === serverHash(upstream);
}
