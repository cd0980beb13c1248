import type { Command } from 'commander';
import { counted } from '../../format/counted.ts';
import { importReferences } from '../../learning/labels/import-references.ts';
import { parseReferences, type BadReference } from '../../learning/labels/parse-references.ts';
import { readLines, TraceFileError } from '../../traces/read-write.ts';
import { failed, unusable } from '../common/exit.ts';
import { JSON_OPTION, STORE_CONFIG_OPTION } from '../common/options.ts';
import { print, printJson, say } from '../common/output.ts';
import { showProgress } from '../common/progress.ts';
import { withDesk } from './with-desk.ts';

interface Options {
  config?: string;
  route: string;
  strict: boolean;
  json: boolean;
}

export function registerLabels(program: Command): void {
  const labels = program
    .command('labels')
    .description('Import the right answers to questions.')
    .helpCommand(false);
  labels
    .command('import')
    .summary('import right answers from a file')
    .description(
      'Import right answers to questions from a file of JSON Lines. Weir keeps them to score answers when a question is asked again, and scores past answers whose texts were kept at once.',
    )
    .argument(
      '<file>',
      "one JSON object per line, with 'question' (or 'prompt'), 'messages' or 'id', 'check', 'reference' and optionally 'route'",
    )
    .option(...STORE_CONFIG_OPTION)
    .option('--route <name>', 'route of the lines that name none', 'auto')
    .option('--strict', 'import nothing if the file has a bad line', false)
    .option(...JSON_OPTION)
    .action(run);
}

async function run(file: string, { config: named, route, strict, json }: Options): Promise<void> {
  const lines = await linesOf(file);
  // Right answers may be there before the first request is.
  const mayCreate = { mayCreate: true };
  await withDesk(
    named,
    async ({ store, config }) => {
      const { references, bad } = parseReferences(lines, { route, routes: Object.keys(config.routes) });
      const refuse = ([first]: readonly BadReference[]): void => {
        if (strict && first !== undefined) throw failed(`${file}:${first.line}: ${first.message}`);
      };
      refuse(bad);
      const { outcomes } = await store.counts();
      const progress = showProgress('Scoring past answers');
      const imported = await importReferences(store, references, {
        now: Date.now,
        lastTier: (name) => config.routes[name]?.tiers.at(-1),
        onBad: refuse,
        onProgress: (done) => progress.update(Math.min(done, outcomes), outcomes),
      }).finally(() => progress.end());
      const skipped = [...bad, ...imported.bad].toSorted((a, b) => a.line - b.line);
      skippedWords(file, skipped).forEach(say);
      if (imported.references === 0)
        throw failed(`${file} has no usable reference, so nothing was imported.`);
      if (imported.outdated > 0) say(outdatedWords(imported.outdated));
      if (json) return printJson({ file, ...imported, bad: skipped });
      print(`${file}: imported ${counted(imported.references, 'reference')}, ${newWords(imported)}.`);
      print(
        imported.scored === 0
          ? 'No stored answer belongs to one of these questions. (Only answers whose texts were kept can be scored.)'
          : `Scored ${counted(imported.scored, 'stored answer')}; ${imported.changed} ${imported.changed === 1 ? 'score is' : 'scores are'} new or changed.`,
      );
    },
    mayCreate,
  );
}

/** A mistake in many lines is said once, with its count. */
function skippedWords(file: string, skipped: readonly BadReference[]): string[] {
  return [...Map.groupBy(skipped, ({ message }) => message)].map(([message, [first, ...more]]) => {
    const place = `${file}:${first?.line ?? ''}: ${message}`;
    return more.length === 0
      ? `${place}; the line is skipped`
      : `${place}; this line and ${more.length} more with the same mistake are skipped`;
  });
}

/** Keys are hashes, so what an earlier version imported cannot be found by the new ones. */
function outdatedWords(count: number): string {
  return `${counted(count, 'reference')} of an earlier version of Weir ${count === 1 ? 'matches' : 'match'} no request any more, because references now belong to whole conversations, and ${count === 1 ? 'was' : 'were'} removed. Import them again.`;
}

function newWords({ added, references }: { added: number; references: number }): string {
  if (added < references) return `${added} of them new`;
  return added === 1 ? 'which is new' : 'all of them new';
}

async function linesOf(file: string): Promise<string[]> {
  try {
    return await Array.fromAsync(readLines(file));
  } catch (error) {
    if (error instanceof TraceFileError) throw unusable(error.message);
    throw error;
  }
}
