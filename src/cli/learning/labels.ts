import type { Command } from 'commander';
import { importReferences } from '../../learning/labels/import-references.ts';
import { parseReferences, type BadReference } from '../../learning/labels/parse-references.ts';
import { readLines, TraceFileError } from '../../traces/read-write.ts';
import { failed, unusable } from '../common/exit.ts';
import { print, printJson, say } from '../common/output.ts';
import { showProgress } from '../common/progress.ts';
import { withPeople } from './with-people.ts';

interface Options {
  config?: string;
  route: string;
  strict: boolean;
  json: boolean;
}

export function register(program: Command): void {
  const labels = program.command('labels').description('labels: import').helpCommand(false);
  labels
    .command('import')
    .description(
      'Reads right answers to questions from a file of JSON Lines, keeps them for when the questions are asked again, and scores by them the answers of the past whose texts are kept.',
    )
    .argument('<file>', "lines with 'question' or 'id', 'check', 'reference', and 'route'")
    .option(
      '--config <file>',
      'the configuration (default: weir.yaml, where there is one); it says which store',
    )
    .option('--route <name>', 'of lines that name none', 'auto')
    .option('--strict', 'a bad line in the file is an error: nothing is imported', false)
    .option('--json', 'print one JSON document', false)
    .action(run);
}

async function run(file: string, { config: named, route, strict, json }: Options): Promise<void> {
  const lines = await linesOf(file);
  await withPeople(named, async ({ store, config }) => {
    const { references, bad } = parseReferences(lines, { route, routes: Object.keys(config.routes) });
    const refuse = ([first]: readonly BadReference[]): void => {
      if (strict && first !== undefined) throw failed(`${file}:${first.line}: ${first.message}`);
    };
    refuse(bad);
    const { outcomes } = await store.counts();
    const progress = showProgress('Scoring what was answered');
    const imported = await importReferences(store, references, {
      now: Date.now,
      onBad: refuse,
      onProgress: (done) => progress.update(Math.min(done, outcomes), outcomes),
    }).finally(() => progress.end());
    const left = [...bad, ...imported.bad].toSorted((a, b) => a.line - b.line);
    left.forEach(({ line, message }) => say(`${file}:${line}: ${message}; the line is left out`));
    if (imported.references === 0) throw failed(`${file}: it has no reference that can be used.`);
    if (json) return printJson({ file, ...imported, bad: left });
    print(`${file}: ${imported.references} references, ${imported.added} of them new.`);
    print(
      imported.scored === 0
        ? 'No answer of the past whose text is kept belongs to one of these questions.'
        : `${imported.scored} answers of the past have a score by them; ${imported.changed} of these are new or another one than before.`,
    );
  });
}

async function linesOf(file: string): Promise<string[]> {
  try {
    return await Array.fromAsync(readLines(file));
  } catch (error) {
    if (error instanceof TraceFileError) throw unusable(error.message);
    throw error;
  }
}
