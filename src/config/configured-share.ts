import type { RouteConfig } from './schema/schema.ts';

/** The share of a route's requests that its policy decides, as the configuration says: observing is a share of nothing. */
export function configuredShare({ mode, rollout }: Pick<RouteConfig, 'mode' | 'rollout'>): number {
  return mode === 'observe' ? 0 : (rollout ?? 1);
}
