import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { restoreStore, storeOfCopy } from '../../store/backups.ts';
import { locateStore } from '../../store/open.ts';
import { refusing } from '../common/exit.ts';
import { chooseTarget } from '../common/choose-target.ts';
import { JSON_OPTION, STORE_CONFIG_OPTION } from '../common/options.ts';
import { print, printJson, say } from '../common/output.ts';

interface Options {
  config?: string;
  json: boolean;
}

export function registerRestore(program: Command): void {
  program
    .command('restore')
    .description(
      'Put a backup in the place of the store: of the one that it lies beside and was made of, or else of the one that the configuration names. First read all of it and compare its tables with those that this version of Weir or an older one makes. Refuse while a gateway or another command uses the store. Replace all of it or nothing, and keep what was there under another name beside it.',
    )
    .argument('<file>', 'backup, as `weir backup` or an update of the tables wrote it')
    .option(...STORE_CONFIG_OPTION)
    .option(...JSON_OPTION)
    .action(run);
}

async function run(file: string, { config, json }: Options): Promise<void> {
  const store =
    (config === undefined ? storeOfCopy(file) : undefined) ?? (await chooseTarget(config)).config.store;
  const { where, kept, pending } = await refusing(() => restoreStore(store, file, { atMs: Date.now() }));
  const { secretFile } = locateStore(store);
  if (json) return printJson({ store: where, file, kept: kept ?? null, pending });
  print(`${where} is now what was in ${file}.`);
  if (kept !== undefined) say(`The store that was there is kept in ${kept}.`);
  if (pending.length > 0)
    say('It was made by an older Weir. The next start brings its tables up to date, and copies it before.');
  if (secretFile !== undefined && !existsSync(secretFile) && !process.env['WEIR_SECRET'])
    say(
      `There is no ${secretFile}: put back the secret that belongs to this backup, or set WEIR_SECRET, before you start the gateway.`,
    );
}
