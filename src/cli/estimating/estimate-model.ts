import { defined } from '../../defined.ts';
import { chooseTiers } from '../../config/init/choose-tiers.ts';
import { detect } from '../../config/init/detect.ts';
import { billionsOf } from '../../config/init/size.ts';
import { catalogued } from '../../config/prices.ts';
import { createResolver } from '../../config/resolve.ts';
import type { Config } from '../../config/schema/schema.ts';
import { identifyServer } from '../../gateway/gateway.ts';
import type { Price } from '../../routing/billing.ts';
import type { TraceSource } from '../../traces/trace.ts';
import { commandLine } from '../../format/command-line.ts';
import { unusable } from '../common/exit.ts';
import { harmless } from '../common/columns.ts';
import { findConfig, policyOfRoute, readConfig } from '../common/read-config.ts';
import { tierConfig } from '../measuring/record-tiers.ts';

export interface ModelChoice {
  config?: string;
  route: string;
  model?: string;
  url?: string;
}

/** The small model that is asked. */
export interface SmallModel {
  /** A configuration that has it; of the user's own, or made for an address. */
  config: Config;
  isConfigured: boolean;
  /** Its name there. */
  key: string;
  /** How it is called in results: its own name. */
  name: string;
  address: string;
  price?: Price;
  /** Whose answers it gives, as far as is known. */
  source?: TraceSource;
  /** Set where nobody named it: it was found on this machine. */
  found?: string;
}

/**
 * The model that the command line names, by its address or by a name of the configuration; else the first tier of the configured route;
 * else one that runs on this machine.
 * @throws {CommandError} where there is none, and what to do.
 */
export async function chooseModel({ config: file, route, model, url }: ModelChoice): Promise<SmallModel> {
  if (url !== undefined) return atAddress(url, model);
  const found = findConfig(file);
  return found === undefined ? onThisMachine(model) : configured(readConfig(found), route, model);
}

function atAddress(url: string, model: string | undefined): SmallModel {
  if (!/^https?:\/\/[^\s]+$/.test(url) || !URL.canParse(url))
    throw unusable(`--url: '${url}' is no address. It must be like http://127.0.0.1:11434/v1.`);
  if (model === undefined)
    throw unusable('--url needs --model: the name by which the server knows the model.');
  const config = tierConfig([{ name: 'small', baseUrl: url, model }]);
  const { price } = catalogued(url, model, new Date());
  return {
    config,
    isConfigured: false,
    key: 'small',
    name: model,
    address: url,
    source: { model, identity: url },
    ...defined({ price }),
  };
}

function configured(config: Config, route: string, model: string | undefined): SmallModel {
  const key = model ?? policyOfRoute(config, route).tiers[0]?.name ?? '';
  return { config, isConfigured: true, key, name: key, ...modelOf(config, key, '--model') };
}

/** Where a model of the configuration is, and what it costs. @throws {CommandError} where there is none of this name. */
export function modelOf(
  config: Config,
  key: string,
  option: string,
): Pick<SmallModel, 'address' | 'price' | 'source'> {
  const [tier] = createResolver(config, { now: new Date() }).models.get(key)?.tiers ?? [];
  if (tier === undefined)
    throw unusable(
      `${option}: the configuration has no model '${key}'. It has ${Object.keys(config.models).join(', ')}.`,
    );
  const { source: { identity, template } = {}, model, upstream, price } = tier;
  return {
    address: config.upstreams[upstream]?.baseUrl ?? '',
    source: { model, ...defined({ identity, template }) },
    ...defined({ price }),
  };
}

/** The smallest model that runs on this machine, or the one of this name; no other machine is contacted. */
async function onThisMachine(model: string | undefined): Promise<SmallModel> {
  const { servers, notes } = await detect({ environment: process.env, identify: identifyServer, fetch });
  const models = servers.flatMap(({ baseUrl, chatModels }) =>
    chatModels.map(({ id, parametersBillion }) => ({
      id,
      baseUrl,
      ...defined({ billions: parametersBillion ?? billionsOf(id) }),
    })),
  );
  if (models.length === 0)
    throw unusable(
      [
        ...notes,
        `There is no model to ask. Start a model server on this machine, name one with --model and --url, or write a configuration with ${commandLine('init')}.`,
      ].join('\n'),
    );
  const names = models.map(({ id }) => id).join(', ');
  const chosen = model === undefined ? chooseTiers(models, 1)[0] : models.find(({ id }) => id === model);
  if (chosen === undefined)
    throw unusable(`--model: no server of this machine has '${harmless(model ?? '')}'. Found: ${names}.`);
  const { id, baseUrl } = chosen;
  const others = models.length === 1 ? '' : ` Others can be named with --model: ${names}.`;
  return { ...atAddress(baseUrl, id), found: `Found ${id} on this machine.${others}` };
}
