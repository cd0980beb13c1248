import { InvalidArgumentError, type Command } from 'commander';
import { defined } from '../../defined.ts';
import { counted } from '../../format/counted.ts';
import { LABEL_SOURCES, sourceNames } from '../../learning/labels/sources/sources.ts';
import { historyTraces, type HistoryOptions } from '../../recordings/history.ts';
import { TraceFileError, writeTraces } from '../../traces/read-write.ts';
import type { Trace } from '../../traces/trace.ts';
import { withExistingStore } from '../common/existing-store.ts';
import { failed } from '../common/exit.ts';
import { JSON_OPTION, ONLY_ROUTE_OPTION, SINCE_VALUES, STORE_CONFIG_OPTION } from '../common/options.ts';
import { parseList } from '../common/parse-arguments.ts';
import { print, printJson } from '../common/output.ts';
import { chooseTarget } from '../common/choose-target.ts';
import { parseSince } from '../common/since.ts';

const SOURCES = sourceNames(LABEL_SOURCES);

interface Options {
  out: string;
  config?: string;
  route?: string;
  since?: number;
  source: HistoryOptions['sources'];
  split?: NonNullable<HistoryOptions['splits']>;
  json: boolean;
}

/** What was written: questions, and for each tier its answers and how many of them have a score. */
interface ExportCounts {
  questions: number;
  withTexts: number;
  tiers: Record<string, { answers: number; scored: number }>;
}

export function registerExport(program: Command): void {
  program
    .command('export')
    .description(
      "Write the store's history as a trace file: each request with its answers, their signals, costs and times, and its labels as scores. The file has texts only if the store keeps them. Later tiers answered only the requests that were passed on to them, so their questions are a selection, not a sample.",
    )
    .requiredOption('--out <file>', 'file to write; gzipped if the name ends in .gz')
    .option(...STORE_CONFIG_OPTION)
    .option(...ONLY_ROUTE_OPTION)
    .option('--since <when>', `include only requests since ${SINCE_VALUES}`, (text) => parseSince(text))
    .option(
      '--source <a,b,…>',
      'sources whose labels become scores, most trusted first',
      parseSources,
      SOURCES,
    )
    .option(
      '--split <name=share,…>',
      "assign the questions to splits, such as 'fit=0.5,test=0.5'; equal texts go to the same split",
      parseSplits,
    )
    .option(...JSON_OPTION)
    .action(run);
}

async function run(options: Options): Promise<void> {
  const { config, file } = await chooseTarget(options.config);
  const { out, route, since, source, split, json } = options;
  const exported: ExportCounts = { questions: 0, withTexts: 0, tiers: {} };
  try {
    await withExistingStore(
      config.store,
      (store) => {
        const wanted = defined({ sources: source, route, sinceMs: since, splits: split });
        return writeTraces(out, counting(historyTraces(store, wanted), exported));
      },
      file,
    );
  } catch (error) {
    if (error instanceof TraceFileError) throw failed(error.message);
    throw error;
  }
  if (json) return printJson({ file: out, ...exported });
  print(`${out}: ${counted(exported.questions, 'question')}, ${exported.withTexts} of them with texts.`);
  for (const [tier, { answers, scored }] of Object.entries(exported.tiers))
    print(`  ${tier}: ${counted(answers, 'answer')}, ${scored} of them with a score`);
}

async function* counting(traces: AsyncIterable<Trace>, exported: ExportCounts): AsyncGenerator<Trace> {
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
  const known: readonly string[] = SOURCES;
  const unknown = parseList(text).find((name) => !known.includes(name));
  const sources = SOURCES.filter((source) => parseList(text).includes(source));
  if (unknown !== undefined || sources.length === 0)
    throw new InvalidArgumentError(`It must be one or more of ${SOURCES.join(', ')}, separated by commas.`);
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
  throw new InvalidArgumentError(
    "It must be different names with shares that sum to 1, such as 'fit=0.5,test=0.5'.",
  );
}
