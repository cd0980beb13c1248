import type { Command } from 'commander';
import { locateStore, migrate, pendingMigrations } from '../../store/open.ts';
import type { Updated } from '../../store/update.ts';
import { refusing } from '../common/exit.ts';
import { keptWords } from '../common/open-store.ts';
import { STORE_CONFIG_OPTION } from '../common/options.ts';
import { chooseTarget } from '../common/choose-target.ts';
import { print, say } from '../common/output.ts';

export function registerMigrate(program: Command): void {
  program
    .command('migrate')
    .description(
      "Update the store's tables to this version of Weir. `weir serve` does this too when it starts; use this command to choose the time yourself.",
    )
    .option(...STORE_CONFIG_OPTION)
    .option('--dry-run', 'print the steps without running them', false)
    .option('--no-backup', 'do not copy the store before it is updated')
    .action(run);
}

async function run({
  config,
  dryRun,
  backup,
}: {
  config?: string;
  dryRun: boolean;
  backup: boolean;
}): Promise<void> {
  const { store } = (await chooseTarget(config)).config;
  const { where, steps, copy } = await refusing(() =>
    dryRun ? toDo(store) : migrate(store, { copies: backup }),
  );
  if (steps.length === 0) return print(`${where} is up to date.`);
  for (const { number, name } of steps) print(`${dryRun ? 'to do' : 'done'}: ${number} ${name}`);
  if (copy !== undefined) say(keptWords(where, copy));
}

async function toDo(store: string): Promise<Updated> {
  return { where: locateStore(store).where, steps: await pendingMigrations(store) };
}
