import type { Command } from 'commander';
import { defined } from '../../defined.ts';
import { counted } from '../../format/counted.ts';
import { isoTime } from '../../format/time.ts';
import { ONLY_ROUTE_OPTION, STORE_CONFIG_OPTION } from '../common/options.ts';
import { parseCount } from '../common/parse-arguments.ts';
import { print, printJson, say } from '../common/output.ts';
import { readKeys } from '../common/read-keys.ts';
import { review } from './review-session.ts';
import { withDesk } from './with-desk.ts';

interface Options {
  config?: string;
  route?: string;
  limit: number;
  json: boolean;
}

/** Used if the terminal does not report its width. */
const DEFAULT_WIDTH = 80;
/** Longer lines are hard to read. */
const MAX_WIDTH = 160;

export function registerReview(program: Command): void {
  program
    .command('review')
    .description(
      'Judge answers. Each question is shown with its answers, without saying which tier gave which; type g (good), b (bad), s (skip) or q (quit) for each answer. If the input is piped, write one of these per line. Your verdicts outrank those of a judge, a reference or agreement. Only requests whose texts are kept (`retention.texts`) can be shown.',
    )
    .option(...STORE_CONFIG_OPTION)
    .option(...ONLY_ROUTE_OPTION)
    .option('--limit <n>', 'largest number of questions', parseCount, 20)
    .option('--json', 'print the queue as one JSON document and ask nothing', false)
    .action(run);
}

async function run({ config, route, limit, json }: Options): Promise<void> {
  await withDesk(config, async ({ desk }) => {
    const items = await desk.queue(defined({ limit, route }));
    if (json)
      return printJson({
        questions: items.map(({ outcomeId, messages, createdAtMs, ...rest }) => ({
          id: `chatcmpl-${outcomeId}`,
          ...rest,
          messages: JSON.parse(messages) as unknown,
          createdAt: isoTime(createdAtMs),
        })),
      });
    if (items.length === 0)
      return say(
        'There is nothing to review. Only questions whose texts are kept (`retention.texts: true`) can be shown.',
      );
    const keys = readKeys(process.stdin);
    try {
      const width = Math.min(MAX_WIDTH, process.stderr.columns ?? DEFAULT_WIDTH);
      const { questions, verdicts, skipped } = await review({
        items,
        keys,
        judge: desk.giveVerdict,
        say,
        width,
      });
      print(
        `Judged ${counted(questions, 'question')}, kept ${counted(verdicts, 'verdict')}, skipped ${counted(skipped, 'question')}.`,
      );
    } finally {
      keys.close();
    }
  });
}
