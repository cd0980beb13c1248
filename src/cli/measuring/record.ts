import { access } from 'node:fs/promises';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { paidSignalsSchema } from '../../config/schema/model-schema.ts';
import { openJournal } from '../../recordings/journal.ts';
import { recordRun } from '../../recordings/record-run.ts';
import { rescoreAll, withEarlier } from '../../recordings/question.ts';
import { writeTraces } from '../../traces/read-write.ts';
import type { Trace } from '../../traces/trace.ts';
import { defined } from '../../defined.ts';
import { counted } from '../../format/counted.ts';
import { CommandError, failed, unusable } from '../common/exit.ts';
import { STRICT_OPTION } from '../common/options.ts';
import { parseList } from '../common/parse-arguments.ts';
import { say } from '../common/output.ts';
import { showProgress } from '../common/progress.ts';
import { readConfig } from '../common/read-config.ts';
import { readQuestions } from './read-questions.ts';
import { SIGNALS } from '../../routing/signals/signals.ts';
import { openTiers, parseTier, tierConfig, type PaidSignals, type TierArgument } from './record-tiers.ts';
import { describeFailures, summarise } from './record-words.ts';
import { cannotWrite } from '../common/write-result.ts';

const PAID_NAMES = SIGNALS.paid.map(({ name }) => name);

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

export function registerRecord(program: Command): void {
  program
    .command('record')
    .description(
      'Ask every tier every question that it has not answered yet. Write the answers, with their log-probabilities and scores, as a trace file that holds exactly the questions of the input. Questions already answered, in the input or in the output, are not asked again, so a run that was stopped continues where it was. Failures are reported at the end, and the next run asks those questions again.',
    )
    .argument('<questions>', 'questions as a trace file: JSON Lines, gzipped if the name ends in .gz')
    .requiredOption('--out <file>', 'trace file to write; gzipped if the name ends in .gz')
    .option('--config <file>', 'configuration whose tiers to ask')
    .option('--route <name>', 'with --config: name of the route', 'auto')
    .option(
      '--tier <name=url[,model]>',
      'server to ask, instead of a configuration; may be repeated',
      collectTier,
      [],
    )
    .addOption(
      new Option('--concurrency <n>', 'number of questions to ask one tier at the same time')
        .default(1)
        .argParser(parseCount),
    )
    .option(
      '--paid-signals <a,b>',
      `also ask every tier about its own answers: ${PAID_NAMES.join(', ')} (default: those of the configuration's models)`,
      parsePaidSignals,
    )
    .option(
      '--no-latency',
      'do not record how long answers took, because the machine is busy with other work',
    )
    .option('--rescore', 'score the stored answers again without asking any model', false)
    .option(...STRICT_OPTION)
    .addHelpText(
      'after',
      '\nExample:\n  $ weir record questions.jsonl --tier small=http://127.0.0.1:8101/v1 --out traces.jsonl.gz',
    )
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
    return say(`${out}: ${counted(changed, 'score')} changed. No model was asked.`);
  }
  const config = chooseConfig(options);
  const journal = await openJournal(`${out}.journal`).catch((error: unknown) => {
    throw cannotWrite(out, error);
  });
  const stop = new AbortController();
  const onSignal = (): void => stop.abort(new Error('stopped'));
  const { latency, paidSignals } = options;
  const { tiers, close } = await openTiers(config, options.route, defined({ latency, paidSignals }));
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
    if (stop.signal.aborted) throw failed('Stopped. Run the same command to continue.');
    if (failures.length > 0) throw failed(describeFailures(failures));
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    progress.end();
    await close();
  }
}

/** The output is rewritten as a whole, so a line that cannot be read would be lost. */
async function readEarlier(out: string): Promise<Trace[]> {
  try {
    return await readQuestions(out, true);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw unusable(
      `${error.message}\n${out} exists and would be overwritten. Correct it, move it, or name another file with --out.`,
    );
  }
}

function chooseConfig({ config, tier }: Options) {
  if (config !== undefined && tier.length > 0)
    throw unusable('--config and --tier cannot be combined. Use one of them.');
  if (config !== undefined) return readConfig(config);
  if (tier.length === 0)
    throw unusable(
      'There is no model to ask. Name a configuration with --config, or servers with --tier NAME=http://HOST:PORT/v1.',
    );
  return tierConfig(tier);
}

function sayDropped(out: string, questions: readonly Trace[], earlier: readonly Trace[]): void {
  const ids = new Set(questions.map((question) => question.id));
  const gone = earlier.filter((trace) => !ids.has(trace.id)).length;
  if (gone > 0) say(`${out}: removed ${counted(gone, 'question')} that the input no longer has.`);
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
    throw new InvalidArgumentError(`Tier '${tier.name}' is given twice.`);
  return [...before, tier];
}

function parsePaidSignals(text: string): PaidSignals {
  const { data, success } = paidSignalsSchema.min(1).safeParse([...new Set(parseList(text))]);
  if (success) return data;
  throw new InvalidArgumentError(`It must be one or more of ${PAID_NAMES.join(', ')}, separated by commas.`);
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text))
    throw new InvalidArgumentError('It must be a whole number from 1 to 999.');
  return Number(text);
}
