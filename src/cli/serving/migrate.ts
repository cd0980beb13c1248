import type { Command } from 'commander';
import { WeirError } from '../../errors.ts';
import { migrate, pendingMigrations } from '../../gateway/gateway.ts';
import { failed } from '../common/exit.ts';
import { print } from '../common/output.ts';
import { findConfig, readConfig } from '../common/read-config.ts';
import { demonstrationConfig } from '../common/demonstration.ts';

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
  const { path } = (found === undefined ? demonstrationConfig(process.cwd()) : readConfig(found)).store;
  try {
    const steps = await (dryRun ? pendingMigrations : migrate)(`sqlite:${path}`);
    if (steps.length === 0) return print(`${path} is up to date.`);
    for (const { number, name } of steps) print(`${dryRun ? 'to do' : 'done'}: ${number} ${name}`);
  } catch (error) {
    if (error instanceof WeirError) throw failed(error.message);
    throw error;
  }
}
