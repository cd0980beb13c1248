import type { Command } from 'commander';
import { WeirError } from '../../errors.ts';
import { locateStore, migrate, pendingMigrations } from '../../store/open.ts';
import { failed } from '../exit.ts';
import { print } from '../output.ts';
import { findConfig, readConfig } from '../read-config.ts';
import { demonstrationConfig } from './demonstration.ts';

export function register(program: Command): void {
  program
    .command('migrate')
    .summary("bring the store's tables up to this version")
    .description(
      "Brings the store's tables up to this version. `weir serve` does so itself; this is for doing it at a time of one's own.",
    )
    .option(
      '--config <file>',
      'the configuration (default: weir.yaml, where there is one); it says which store',
    )
    .option('--dry-run', 'say what would be done, and do nothing', false)
    .action(run);
}

async function run({ config: file, dryRun }: { config?: string; dryRun: boolean }): Promise<void> {
  const found = findConfig(file);
  const { store } = found === undefined ? demonstrationConfig(process.cwd()) : readConfig(found);
  try {
    const steps = await (dryRun ? pendingMigrations : migrate)(store);
    if (steps.length === 0) return print(`${locateStore(store).where} is up to date.`);
    for (const { number, name } of steps) print(`${dryRun ? 'to do' : 'done'}: ${number} ${name}`);
  } catch (error) {
    if (error instanceof WeirError) throw failed(error.message);
    throw error;
  }
}
