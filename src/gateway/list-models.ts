import type { Config } from '../config/schema/schema.ts';
import type { ListedModel } from '../protocol/protocol.ts';
import type { ProbedResolver } from './probed-resolver.ts';

/** Routes, exact names that they serve, and models that may be asked by their names. */
export function listModels(
  { routes, models }: Pick<Config, 'routes' | 'models'>,
  resolver: Pick<ProbedResolver, 'routes' | 'models'>,
): ListedModel[] {
  const served = Object.values(routes).flatMap(({ serves }) => serves.filter((name) => !name.includes('*')));
  const asked = [...resolver.models.keys()].filter((name) => models[name]?.direct !== false);
  const names = new Set([...resolver.routes.keys(), ...served, ...asked]);
  // Models have no date of their own; the gateway's start stands for it.
  const created = Math.floor(Date.now() / 1_000);
  return [...names].map((id): ListedModel => ({ id, object: 'model', created, owned_by: 'weir' }));
}
