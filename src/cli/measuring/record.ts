import { access } from 'node:fs/promises';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { paidSignalsSchema } from '../../config/schema/model-schema.ts';
import { openJournal } from '../../recordings/journal.ts';
import { recordRun } from '../../recordings/record-run.ts';
import { rescoreAll, withEarlier } from '../../recordings/question.ts';
import { writeTraces } from '../../traces/read-write.ts';
import type { Trace } from '../../traces/trace.ts';
import { CommandError, failed, unusable } from '../common/exit.ts';
import { parseList } from '../common/parse-arguments.ts';
import { say } from '../common/output.ts';
import { showProgress } from '../common/progress.ts';
import { readConfig } from '../common/read-config.ts';
import { readQuestions } from './read-questions.ts';
import { openTiers, parseTier, tierConfig, type PaidSignals, type TierArgument } from './record-tiers.ts';
import { describeFailures, summarise } from './record-words.ts';
import { cannotWrite } from '../common/write-result.ts';

interface Options {
  out: string;
  config?: string;
  route: string;
  tier: TierArgument[];
  concurrency: number;
  latency: boolean;
  paidSignals?: PaidSignals;
  rescore: boolean;
  strict: boolean;
}

export function register(program: Command): void {
  program
    .command('record')
    .summary('ask every tier a file of questions, and keep the answers')
    .description(
      'Asks every tier every question that it has not answered yet, and writes the answers, with their log-probabilities and scores, as a trace file. What is answered already, in the file of questions or in the output, is not asked again; a run that was killed goes on where it stopped. Questions that failed are reported at the end, and asked again by the next run. With --paid-signals it also asks each model about the answers it gave, in the words that live traffic uses. The output holds exactly the questions of the file.',
    )
    .argument('<questions>', 'the questions, as a trace file: JSON Lines, gzip where the name ends in .gz')
    .requiredOption('--out <file>', 'the recorded questions; gzip where the name ends in .gz')
    .option('--config <file>', "ask the tiers of this configuration's route")
    .option('--route <name>', 'with --config: the route', 'auto')
    .option(
      '--tier <name=url[,model]>',
      'ask this server, without a configuration; may be repeated',
      collectTier,
      [],
    )
    .addOption(
      new Option('--concurrency <n>', 'questions that one tier is asked at the same time')
        .default(1)
        .argParser(parseCount),
    )
    .option(
      '--paid-signals <a,b>',
      "also ask every tier about its own answers: 'pTrue', 'verbalized' (default: what the configuration's models name)",
      parsePaidSignals,
    )
    .option('--no-latency', 'leave out how long the answers took: the machine is busy with other work')
    .option('--rescore', 'score the stored answers anew, and ask nobody', false)
    .option('--strict', 'a bad line in a file is an error', false)
    .action(run);
}

async function run(file: string, options: Options): Promise<void> {
  const { out, strict } = options;
  const questions = await readQuestions(file, strict);
  const earlier = (await exists(out)) ? await readEarlier(out) : [];
  const known = withEarlier(questions, earlier);
  sayDropped(out, questions, earlier);
  if (options.rescore) {
    const { traces, changed } = rescoreAll(known);
    await writeTraces(out, traces);
    return say(`${out}: ${changed} scores changed; nobody was asked.`);
  }
  const config = chooseConfig(options);
  const journal = await openJournal(`${out}.journal`).catch((error: unknown) => {
    throw cannotWrite(out, error);
  });
  const stop = new AbortController();
  const onSignal = (): void => stop.abort(new Error('stopped'));
  const { latency, paidSignals } = options;
  const { tiers, close } = await openTiers(config, options.route, {
    latency,
    ...(paidSignals === undefined ? {} : { paidSignals }),
  });
  const progress = showProgress('Recording');
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    const recording = await recordRun({
      questions: known,
      tiers,
      concurrency: options.concurrency,
      journal,
      signal: stop.signal,
      progress: progress.update,
    });
    progress.end();
    await writeTraces(out, rescoreAll(recording.traces).traces);
    await journal.remove();
    summarise(out, recording, tiers);
    const { failures } = recording;
    if (stop.signal.aborted) throw failed('stopped; the same command goes on from here');
    if (failures.length > 0) throw failed(describeFailures(failures));
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    progress.end();
    await close();
  }
}

/** What is there already is written anew: of a line that cannot be read nothing would be left. */
async function readEarlier(out: string): Promise<Trace[]> {
  try {
    return await readQuestions(out, true);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw unusable(
      `${error.message}\n${out} is there already, and would be replaced: mend it, move it away, or name another file with --out.`,
    );
  }
}

function chooseConfig({ config, tier }: Options) {
  if (config !== undefined && tier.length > 0)
    throw unusable('--config and --tier exclude each other; keep one of them');
  if (config !== undefined) return readConfig(config);
  if (tier.length === 0)
    throw unusable(
      'whom to ask? Name a configuration with --config, or servers with --tier name=http://host:port/v1',
    );
  return tierConfig(tier);
}

function sayDropped(out: string, questions: readonly Trace[], earlier: readonly Trace[]): void {
  const ids = new Set(questions.map((question) => question.id));
  const gone = earlier.filter((trace) => !ids.has(trace.id)).length;
  if (gone > 0) say(`${out}: ${gone} questions are no longer among those to be recorded, and are left out.`);
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

function collectTier(text: string, before: TierArgument[]): TierArgument[] {
  const tier = parseTier(text);
  if (tier === undefined)
    throw new InvalidArgumentError(
      "It must be NAME=URL or NAME=URL,MODEL, such as 'small=http://127.0.0.1:8101/v1'.",
    );
  if (before.some(({ name }) => name === tier.name))
    throw new InvalidArgumentError(`There is a tier '${tier.name}' already.`);
  return [...before, tier];
}

function parsePaidSignals(text: string): PaidSignals {
  const { data, success } = paidSignalsSchema.min(1).safeParse([...new Set(parseList(text))]);
  if (success) return data;
  throw new InvalidArgumentError("It must be 'pTrue', 'verbalized', or both with a comma.");
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new InvalidArgumentError('It must be a number from 1 to 999.');
  return Number(text);
}
