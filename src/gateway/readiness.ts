import { WeirError } from '../errors.ts';
import type { Policy } from '../routing/policy.ts';
import type { Store } from '../store/contract/store.ts';
import type { Upstream } from '../upstream/upstream.ts';

export interface ReadinessOptions {
  store: Pick<Store, 'ping'>;
  routes: ReadonlyMap<string, Policy>;
  upstreams: ReadonlyMap<string, Pick<Upstream, 'available'>>;
  /** What an operator should know, a sentence each. */
  notes: readonly string[];
}

/** Whether the gateway can serve. @throws {WeirError} where the store fails, or all upstreams of a route do. */
export async function checkReady({
  store,
  routes,
  upstreams,
  notes,
}: ReadinessOptions): Promise<readonly string[]> {
  await store.ping();
  for (const [route, { tiers }] of routes) {
    if (!tiers.some(({ upstream, model }) => upstreams.get(upstream)?.available(model) === true))
      throw new WeirError(
        'upstream_unavailable',
        `No upstream of route '${route}' can be asked at the moment.`,
        { retryAfterMs: 5_000 },
      );
  }
  return notes;
}
