import type { Command } from 'commander';
import { toldLookup } from '../../config/told.ts';
import type { Config } from '../../config/schema/schema.ts';
import { createGateway, createLog, type Gateway } from '../../gateway/gateway.ts';
import { failed, withOpen } from '../common/exit.ts';
import { CONFIG_OPTION, JSON_OPTION } from '../common/options.ts';
import { print, printJson, printLines, textTable } from '../common/output.ts';
import { chooseTarget } from '../common/choose-target.ts';
import type { Ability, ModelProbe } from '../../upstream/upstream.ts';
import { readInForce } from '../../learning/in-force/active-versions.ts';
import { identityOf, identityWords, matchWords, versionMatches } from './identities.ts';
import type { ModelIdentity, VersionMatch } from './identities.ts';
import { wordsOf } from '../common/upstream-words.ts';

/** What the doctor found out about one model. */
interface Finding
  extends
    Pick<ModelProbe, 'contextTokens' | 'tools' | 'images' | 'schema' | 'notes'>,
    Partial<Pick<ModelProbe, 'logprobs' | 'streaming' | 'usageInStream'>> {
  name: string;
  upstream: string;
  model: string;
  ok: boolean;
  source: ModelIdentity;
}

interface Examination {
  models: Finding[];
  versions: VersionMatch[];
}

/** A local server may have to load the model first. */
const PROBE_TIMEOUT_MS = 180_000;

const ABILITIES: Readonly<Record<Ability, string>> = { yes: 'yes', ignored: 'ignored', refused: 'no' };

const LOGPROBS: Readonly<Record<string, string>> = { stream: 'yes', plain: 'not in streams', none: 'no' };

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description(
      'Ask every model of the configuration a few tiny questions. Say whether it answers, streams, tells its usage in streams, returns log-probabilities, calls tools, takes images, holds to a schema, how large its context is, and whose answers it gives as far as its server tells; and whether the versions in force were made for these models. Keep what was found in the store, where `weir serve` uses it.',
    )
    .option(...CONFIG_OPTION)
    .option(...JSON_OPTION)
    .action(run);
}

async function run({ config: file, json }: { config?: string; json: boolean }): Promise<void> {
  const { config } = await chooseTarget(file, 'models');
  const found = await examineAll(config);
  if (json) printJson(found);
  else report(config, found);
  const broken = found.models.filter(({ ok }) => !ok).map(({ name }) => name);
  if (broken.length > 0) throw failed(`These models do not answer: ${broken.join(', ')}.`);
}

function examineAll(config: Config): Promise<Examination> {
  return withOpen(
    () => createGateway({ config, environment: process.env, log: createLog('silent') }),
    async (gateway) => {
      await gateway.readServers();
      const told = toldLookup(config, await gateway.store.servedModels());
      const names = Object.keys(config.models);
      return {
        models: await Promise.all(
          names.map((name) => examine(gateway, config, name, identityOf(config, name, told))),
        ),
        versions: versionMatches(config, told, await readInForce(gateway.store)),
      };
    },
  );
}

async function examine(
  gateway: Gateway,
  config: Config,
  name: string,
  source: ModelIdentity,
): Promise<Finding> {
  const { upstream = '', model = '' } = config.models[name] ?? {};
  try {
    const { maxTokensField: _, ...found } = await gateway.probe(name, AbortSignal.timeout(PROBE_TIMEOUT_MS));
    return { name, upstream, model, ok: true, ...found, source };
  } catch (error) {
    return { name, upstream, model, ok: false, notes: [wordsOf(error)], source };
  }
}

function report(config: Config, { models, versions }: Examination): void {
  const rows = models.map((found) => [
    found.name,
    found.upstream,
    found.model,
    found.ok ? 'yes' : 'NO',
    LOGPROBS[found.logprobs ?? ''] ?? '',
    yesOrNo(found.streaming),
    yesOrNo(found.usageInStream),
    ...[found.tools, found.images, found.schema].map((ability) =>
      ability === undefined ? '' : ABILITIES[ability],
    ),
    found.contextTokens === undefined ? 'not known' : String(found.contextTokens),
  ]);
  printLines(textTable(COLUMNS, rows));
  for (const { name, notes } of models) notes.forEach((note) => print(`${name}: ${note}`));
  for (const { name, source } of models) print(identityWords(config, name, source));
  for (const match of versions) print(matchWords(match));
}

const COLUMNS = [
  'model',
  'upstream',
  'its name there',
  'answers',
  'log-probabilities',
  'streams',
  'usage in streams',
  'tools',
  'images',
  'schemas',
  'context',
];

function yesOrNo(value: boolean | undefined): string {
  return value === undefined ? '' : value ? 'yes' : 'no';
}
