import type { Command } from 'commander';
import { WeirError } from '../../errors.ts';
import { openKeys, type Gateway } from '../../gateway/gateway.ts';
import { demonstrationConfig } from '../common/demonstration.ts';
import { failed } from '../common/exit.ts';
import { print, printJson, say, table } from '../common/output.ts';
import { findConfig, readConfig } from '../common/read-config.ts';

interface Options {
  config?: string;
  json?: boolean;
}

/** All keys belong to it: there are no others yet. */
const TENANT = 'default';

export function register(program: Command): void {
  const keys = program.command('keys').description('API keys: create, list, revoke').helpCommand(false);
  keys
    .command('create')
    .description(
      'Makes an API key and prints it, this once. Once a key was ever made, every request needs one.',
    )
    .option(
      '--config <file>',
      'the configuration (default: weir.yaml, where there is one); it says which store',
    )
    .option('--name <name>', 'what the key is for', 'key')
    .option('--operator', 'it may do what concerns all tenants', false)
    .option('--json', 'print one JSON document', false)
    .action((options: Options & { name: string; operator: boolean }) =>
      withKeys(options, (ring) => create(ring, options)),
    );
  keys
    .command('list')
    .description('Lists the keys, revoked ones included; nothing of them that could be used.')
    .option(
      '--config <file>',
      'the configuration (default: weir.yaml, where there is one); it says which store',
    )
    .option('--json', 'print one JSON document', false)
    .action((options: Options) => withKeys(options, (ring) => list(ring, options)));
  keys
    .command('revoke')
    .description('Takes a key out of force; a running gateway learns of it within seconds.')
    .argument('<id>', 'the id of the key, or the first characters that the list shows')
    .option(
      '--config <file>',
      'the configuration (default: weir.yaml, where there is one); it says which store',
    )
    .action((id: string, options: Options) => withKeys(options, (ring) => revoke(ring, id)));
}

async function withKeys(options: Options, work: (keys: Gateway['keys']) => Promise<void>): Promise<void> {
  const found = findConfig(options.config);
  const config = found === undefined ? demonstrationConfig(process.cwd()) : readConfig(found);
  try {
    const { keys, close } = await openKeys(config, process.env);
    try {
      await work(keys);
    } finally {
      await close();
    }
  } catch (error) {
    if (error instanceof WeirError) throw failed(error.message);
    throw error;
  }
}

async function create(
  keys: Gateway['keys'],
  { name, operator, json }: Options & { name: string; operator: boolean },
): Promise<void> {
  const { key, ...about } = await keys.create({ name, operator, tenant: TENANT });
  if (json === true) return printJson({ key, ...about });
  say('This is shown once, and kept nowhere. Clients send it as `Authorization: Bearer …`.');
  print(key);
}

async function list(keys: Gateway['keys'], { json }: Options): Promise<void> {
  const all = await keys.list();
  if (json === true) return printJson(all);
  if (all.length === 0) return say('There are no keys: only this machine may ask.');
  const day = (ms: number | undefined): string =>
    ms === undefined ? '' : new Date(ms).toISOString().slice(0, 10);
  const rows = all.map((key) => [
    key.id,
    key.prefix,
    key.name,
    key.operator ? 'operator' : 'user',
    day(key.createdAtMs),
    day(key.revokedAtMs),
  ]);
  table(['id', 'begins with', 'name', 'role', 'created', 'revoked'], rows).forEach((line) => print(line));
}

async function revoke(keys: Gateway['keys'], id: string): Promise<void> {
  if (!(await keys.revoke(id)))
    throw failed(`no key in force has the id or the first characters '${id}'; \`weir keys list\` shows them`);
  print(`${id} is revoked.`);
}
