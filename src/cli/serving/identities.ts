import { createResolver, type ResolverContext } from '../../config/resolve.ts';
import type { Config } from '../../config/schema/schema.ts';
import { defined } from '../../defined.ts';
import { andList } from '../../format/and-list.ts';
import { applyVersion, type PromotedVersion } from '../../routing/apply-version.ts';
import type { ToldOfModel } from '../../upstream/servers/identify.ts';
import { DEFAULT_DIALECT } from '../../upstream/dialects.ts';

/** Whose answers a model gives, as far as is known: what certificates are matched by. */
export interface ModelIdentity extends ToldOfModel {
  identity: string;
  /** By the operator; else it is the server's address. */
  stated: boolean;
  /** What its server does not tell, or is not asked for, in words. */
  unknown: string[];
}

/** Whether the version in force on a route is about the models that the route asks now. */
export interface VersionMatch {
  route: string;
  version: string;
  matches: boolean;
  /** What keeps it from serving, or its certificate from holding; absent where nothing does. */
  why?: string;
}

const TOLD_WORDS = {
  template: 'prompt template',
  quantization: 'quantisation',
  weights: 'weights',
} as const satisfies Record<keyof ToldOfModel, string>;

type Told = NonNullable<ResolverContext['told']>;

/** @throws {RangeError} where there is no such model. */
export function identityOf({ models, upstreams }: Config, name: string, told: Told): ModelIdentity {
  const model = models[name];
  const upstream = model === undefined ? undefined : upstreams[model.upstream];
  if (model === undefined || upstream === undefined) throw new RangeError(`no model is named '${name}'`);
  const { weights, ...rest } = told(model.upstream, model.model) ?? {};
  const stated = model.identity !== undefined;
  // A stated identity stands for the weights.
  const known: ToldOfModel = defined({ ...rest, weights: stated ? undefined : weights });
  const parts = (Object.keys(TOLD_WORDS) as (keyof ToldOfModel)[]).filter(
    (part) => known[part] === undefined && !(stated && part === 'weights'),
  );
  return {
    identity: model.identity ?? upstream.baseUrl,
    stated,
    ...known,
    unknown: parts.map((part) => TOLD_WORDS[part]),
  };
}

/** The versions in force, each held against its route as it is configured and as its servers say. */
export function versionMatches(
  config: Config,
  told: Told,
  inForce: ReadonlyMap<string, PromotedVersion>,
): VersionMatch[] {
  const { routes } = createResolver(config, { now: new Date(), told });
  return [...routes].flatMap(([route, policy]): VersionMatch[] => {
    const promoted = inForce.get(route);
    if (promoted === undefined) return [];
    const { obstacle } = applyVersion(policy, promoted);
    const why = obstacle ?? lapsedWords(promoted);
    return [{ route, version: promoted.hash, matches: obstacle === undefined, ...defined({ why }) }];
  });
}

export function identityWords(config: Config, name: string, found: ModelIdentity): string {
  const { identity, stated, unknown } = found;
  const { location, dialect } = config.upstreams[config.models[name]?.upstream ?? ''] ?? {};
  const said = (Object.keys(TOLD_WORDS) as (keyof ToldOfModel)[]).flatMap((part) =>
    found[part] === undefined ? [] : `${TOLD_WORDS[part]} ${found[part]}`,
  );
  const who = stated
    ? `it is '${identity}', as the configuration states`
    : `its identity is its address, ${identity}`;
  const tells = said.length === 0 ? '' : `; its server tells ${andList(said)}`;
  const asked =
    location === 'on-premises' && dialect === DEFAULT_DIALECT
      ? 'its server does not tell'
      : 'not read, because only servers on the premises are asked';
  const lacks = unknown.length === 0 ? '' : ` Not known: ${andList(unknown)} (${asked}).`;
  const advice =
    !stated && unknown.includes(TOLD_WORDS.weights)
      ? ` State models.${name}.identity if other weights may come to be served under this name.`
      : '';
  return `${name}: ${who}${tells}.${lacks}${advice}`;
}

export function matchWords({ route, version, matches, why }: VersionMatch): string {
  if (!matches) return `Route ${route}: ${why ?? 'the version in force does not match'}. It does not serve.`;
  const but = why === undefined ? '' : `, but ${why}`;
  return `Route ${route}: version ${version} was made for these models${but}.`;
}

/** Why a version that serves is not certified any more; `undefined` where its certificate holds. */
export function lapsedWords({ lapsed }: PromotedVersion): string | undefined {
  return lapsed === undefined ? undefined : `its certificate has lapsed (${lapsed.replace(/\.$/, '')})`;
}
