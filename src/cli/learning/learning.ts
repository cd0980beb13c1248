import type { Command } from 'commander';
import { describeStatus } from './learning-words.ts';
import { print, printJson } from '../common/output.ts';
import { withPeople } from './with-people.ts';

interface Options {
  config?: string;
  route?: string;
  json: boolean;
}

export function register(program: Command): void {
  program
    .command('learning')
    .summary('how far learning has come: labels, tests, alarms, and what is known of the policy that serves')
    .description(
      'Says of each route how many labels there are, how many are still needed and when they will be there at this rate; which candidate is tested and which version is in force; what alarms there were; and estimates, with intervals, of the quality that the policy loses, the risk that this is more than is promised, and what it saves after audits and judges.',
    )
    .option(
      '--config <file>',
      'the configuration (default: weir.yaml, where there is one); it says which store',
    )
    .option('--route <name>', 'of this route alone')
    .option('--json', 'print one JSON document', false)
    .action(run);
}

async function run({ config, route, json }: Options): Promise<void> {
  await withPeople(config, async ({ people }) => {
    const routes = await people.status(route);
    if (json) return printJson({ routes });
    routes.forEach((status, index) => {
      if (index > 0) print();
      describeStatus(status).forEach((line) => print(line));
    });
  });
}
