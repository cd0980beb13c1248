import { InvalidArgumentError, type Command } from 'commander';
import { WeirError } from '../../errors.ts';
import { openHistory } from '../../gateway/gateway.ts';
import { historyTraces, LABEL_SOURCES, type HistoryOptions } from '../../recordings/history.ts';
import { TraceFileError, writeTraces } from '../../traces/read-write.ts';
import type { Trace } from '../../traces/trace.ts';
import { demonstrationConfig } from '../common/demonstration.ts';
import { failed } from '../common/exit.ts';
import { parseList } from '../common/parse-arguments.ts';
import { print, printJson } from '../common/output.ts';
import { findConfig, readConfig } from '../common/read-config.ts';
import { parseSince } from '../common/since.ts';

interface Options {
  out: string;
  config?: string;
  route?: string;
  since?: number;
  source: HistoryOptions['sources'];
  split?: NonNullable<HistoryOptions['splits']>;
  json: boolean;
}

/** What was written: questions, and of each tier its answers and how many of them have a score. */
interface Exported {
  questions: number;
  withTexts: number;
  tiers: Record<string, { answers: number; scored: number }>;
}

export function register(program: Command): void {
  program
    .command('export')
    .summary("write the store's own history as recorded questions")
    .description(
      'Writes what was decided as a trace file: each request with the answers it was given, their signals, costs and times, and labels as their scores. Texts are in it only where the store keeps them. Answers of later tiers are there only for requests that went on to them: such questions are a selection, not a sample.',
    )
    .requiredOption('--out <file>', 'the file to write; gzip where the name ends in .gz')
    .option(
      '--config <file>',
      'the configuration (default: weir.yaml, where there is one); it says which store',
    )
    .option('--route <name>', 'of this route alone')
    .option(
      '--since <when>',
      "only what came since a date, or for so long: '2026-11-01', '24h', '7d'",
      (text) => parseSince(text),
    )
    .option(
      '--source <a,b,…>',
      'whose labels are scores, the most trusted first',
      parseSources,
      LABEL_SOURCES,
    )
    .option(
      '--split <name=share,…>',
      'deal the questions to splits, the same text always to the same one',
      parseSplits,
    )
    .option('--json', 'print one JSON document', false)
    .action(run);
}

async function run(options: Options): Promise<void> {
  const found = findConfig(options.config);
  const config = found === undefined ? demonstrationConfig(process.cwd()) : readConfig(found);
  const { out, route, since, source, split, json } = options;
  const exported: Exported = { questions: 0, withTexts: 0, tiers: {} };
  try {
    const { store, close } = await openHistory(config);
    try {
      const traces = historyTraces(store, {
        sources: source,
        ...(route === undefined ? {} : { route }),
        ...(since === undefined ? {} : { sinceMs: since }),
        ...(split === undefined ? {} : { splits: split }),
      });
      await writeTraces(out, counted(traces, exported));
    } finally {
      await close();
    }
  } catch (error) {
    if (error instanceof WeirError || error instanceof TraceFileError) throw failed(error.message);
    throw error;
  }
  if (json) return printJson({ file: out, ...exported });
  print(`${out}: ${exported.questions} questions, ${exported.withTexts} of them with their texts.`);
  for (const [tier, { answers, scored }] of Object.entries(exported.tiers))
    print(`  ${tier}: ${answers} answers, ${scored} with a score`);
}

async function* counted(traces: AsyncIterable<Trace>, exported: Exported): AsyncGenerator<Trace> {
  for await (const trace of traces) {
    exported.questions += 1;
    if (trace.messages !== undefined) exported.withTexts += 1;
    for (const [tier, { score }] of Object.entries(trace.attempts)) {
      const seen = (exported.tiers[tier] ??= { answers: 0, scored: 0 });
      seen.answers += 1;
      if (score !== undefined) seen.scored += 1;
    }
    yield trace;
  }
}

function parseSources(text: string): HistoryOptions['sources'] {
  const known: readonly string[] = LABEL_SOURCES;
  const unknown = parseList(text).find((name) => !known.includes(name));
  const sources = LABEL_SOURCES.filter((source) => parseList(text).includes(source));
  if (unknown !== undefined || sources.length === 0)
    throw new InvalidArgumentError(`It must be one or several of ${LABEL_SOURCES.join(', ')}, with commas.`);
  return sources.toSorted((a, b) => parseList(text).indexOf(a) - parseList(text).indexOf(b));
}

function parseSplits(text: string): NonNullable<HistoryOptions['splits']> {
  const splits = parseList(text).map((part) => {
    const [, name = '', share = ''] = /^([^=]+)=(.+)$/.exec(part) ?? [];
    return { name, share: Number(share) };
  });
  const sum = splits.reduce((total, { share }) => total + share, 0);
  const names = new Set(splits.map(({ name }) => name));
  if (
    splits.every(({ name, share }) => name !== '' && share > 0) &&
    names.size === splits.length &&
    Math.abs(sum - 1) < 1e-9
  )
    return splits;
  throw new InvalidArgumentError("It must be names with shares that sum to 1, such as 'fit=0.5,test=0.5'.");
}
