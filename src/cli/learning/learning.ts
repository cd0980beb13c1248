import type { Command } from 'commander';
import { describeStatus } from './learning-words.ts';
import { JSON_OPTION, ONLY_ROUTE_OPTION, STORE_CONFIG_OPTION } from '../common/options.ts';
import { print, printJson, printLines } from '../common/output.ts';
import { withDesk } from './with-desk.ts';

interface Options {
  config?: string;
  route?: string;
  json: boolean;
}

export function registerLearning(program: Command): void {
  program
    .command('learning')
    .description(
      'Show for each route how many labels it has, how many it still needs and when it will have them at the current rate; which candidate is being tested and which version is in force; its alarms; and estimates, with intervals, of the quality its policy loses, the risk that the loss exceeds the promise, and what it saves after audits and judges are paid for.',
    )
    .option(...STORE_CONFIG_OPTION)
    .option(...ONLY_ROUTE_OPTION)
    .option(...JSON_OPTION)
    .action(run);
}

async function run({ config, route, json }: Options): Promise<void> {
  await withDesk(config, async ({ desk, file }) => {
    const routes = await desk.status(route);
    if (json) return printJson({ routes });
    routes.forEach((status, index) => {
      if (index > 0) print();
      printLines(describeStatus(status, file));
    });
  });
}
