import type { Command } from 'commander';
import { WeirError } from '../../errors.ts';
import { locateStore, migrate, pendingMigrations } from '../../store/open.ts';
import { failed } from '../common/exit.ts';
import { STORE_CONFIG_OPTION } from '../common/options.ts';
import { print } from '../common/output.ts';
import { chooseTarget } from '../common/choose-target.ts';

export function registerMigrate(program: Command): void {
  program
    .command('migrate')
    .summary("update the store's tables to this version of Weir")
    .description(
      "Update the store's tables to this version of Weir. `weir serve` does this too when it starts; use this command to choose the time yourself.",
    )
    .option(...STORE_CONFIG_OPTION)
    .option('--dry-run', 'print the steps without running them', false)
    .action(run);
}

async function run({ config, dryRun }: { config?: string; dryRun: boolean }): Promise<void> {
  const { store } = (await chooseTarget(config)).config;
  try {
    const steps = await (dryRun ? pendingMigrations : migrate)(store);
    if (steps.length === 0) return print(`${locateStore(store).where} is up to date.`);
    for (const { number, name } of steps) print(`${dryRun ? 'to do' : 'done'}: ${number} ${name}`);
  } catch (error) {
    if (error instanceof WeirError) throw failed(error.message);
    throw error;
  }
}
