import type { Command } from 'commander';
import { counted } from '../../format/counted.ts';
import { parseCount } from '../common/parse-arguments.ts';
import { print, printJson, say } from '../common/output.ts';
import { readKeys } from '../common/read-keys.ts';
import { review } from './review-session.ts';
import { withPeople } from './with-people.ts';

interface Options {
  config?: string;
  route?: string;
  limit: number;
  json: boolean;
}

/** Where a terminal does not say how wide it is, and beyond it lines are hard to read. */
const WIDTH = 80;
const WIDEST = 160;

export function register(program: Command): void {
  program
    .command('review')
    .summary("judge answers: the questions first where an operator's word is worth the most")
    .description(
      'Shows questions with their answers, without saying which tier gave which, and takes your verdict on each answer: g, b, s or q at a terminal, or lines of these where it is piped. What you say counts more than what a judge, a reference or agreement says. Only requests whose texts are kept (retention.texts) can be shown.',
    )
    .option(
      '--config <file>',
      'the configuration (default: weir.yaml, where there is one); it says which store',
    )
    .option('--route <name>', 'of this route alone')
    .option('--limit <n>', 'at most so many questions', parseCount, 20)
    .option('--json', 'print the queue as one JSON document, and ask nothing', false)
    .action(run);
}

async function run({ config, route, limit, json }: Options): Promise<void> {
  await withPeople(config, async ({ people }) => {
    const items = await people.queue({ limit, ...(route === undefined ? {} : { route }) });
    if (json)
      return printJson({
        questions: items.map(({ outcomeId, messages, createdAtMs, ...rest }) => ({
          id: `chatcmpl-${outcomeId}`,
          ...rest,
          messages: JSON.parse(messages) as unknown,
          createdAt: new Date(createdAtMs).toISOString(),
        })),
      });
    if (items.length === 0)
      return say(
        'There is nothing to review: no question whose texts are kept (retention.texts) needs an operator’s word.',
      );
    const keys = readKeys(process.stdin);
    try {
      const width = Math.min(WIDEST, process.stderr.columns ?? WIDTH);
      const { questions, verdicts, skipped } = await review({
        items,
        keys,
        judge: people.judge,
        say,
        width,
      });
      print(
        `${counted(questions, 'question')} judged, ${counted(verdicts, 'verdict')} kept, ${counted(skipped, 'question')} skipped.`,
      );
    } finally {
      keys.close();
    }
  });
}
