import type { Command } from 'commander';
import { megabytes } from '../../format/bytes.ts';
import { backUpStore } from '../../store/backups.ts';
import { locateStore, storeExists } from '../../store/open.ts';
import { failed, refusing } from '../common/exit.ts';
import { chooseTarget } from '../common/choose-target.ts';
import { JSON_OPTION, STORE_CONFIG_OPTION } from '../common/options.ts';
import { print, printJson, say } from '../common/output.ts';

interface Options {
  config?: string;
  json: boolean;
}

export function registerBackup(program: Command): void {
  program
    .command('backup')
    .description(
      'Write a copy of the store to a file, as the store is at one moment, and read all of it again. The gateway may run meanwhile. The secret that API keys are hashed with is not in the store; keep it, too, in another place.',
    )
    .argument(
      '[file]',
      'file to write (default: beside the store, with the version of its tables and the time in its name)',
    )
    .option(...STORE_CONFIG_OPTION)
    .option(...JSON_OPTION)
    .action(run);
}

async function run(to: string | undefined, { config, json }: Options): Promise<void> {
  const { store } = (await chooseTarget(config)).config;
  const { where, shared, secretFile } = locateStore(store);
  const { file, bytes } = await refusing(async () => {
    if (shared && !(await storeExists(store))) throw failed(`There is no store at ${where}.`);
    return backUpStore(store, { to, atMs: Date.now() });
  });
  if (json) return printJson({ store: where, file, bytes });
  print(`${file}: ${megabytes(bytes)}, a copy of ${where}.`);
  if (secretFile !== undefined)
    say(
      `It is of use only with the secret of its API keys (${secretFile}, or WEIR_SECRET): keep that too, in another place.`,
    );
}
