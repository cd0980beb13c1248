import { basename } from 'node:path';
import { Option, type Command } from 'commander';
import { defined } from '../../defined.ts';
import { counted } from '../../format/counted.ts';
import { percent } from '../../format/percent.ts';
import { isoTime } from '../../format/time.ts';
import type { ReportData } from '../../report/report-data.ts';
import { reportFromTuned } from '../../report/from-tuned.ts';
import { reportFromVersion } from '../../report/from-version.ts';
import { renderReport } from '../../report/page.ts';
import { tune } from '../../learning/tuning/tune.ts';
import { failed } from '../common/exit.ts';
import { chooseLadder, layOut, unusableOnRange } from './ladder-arguments.ts';
import { addLadderOptions, type LadderOptions } from './ladder-options.ts';
import { TRACES } from '../common/options.ts';
import { parseShare } from '../common/parse-arguments.ts';
import { printJson, printLines } from '../common/output.ts';
import { readQuestions } from './read-questions.ts';
import { chooseReplayable } from './replay-policy.ts';
import { tuneOptions } from './tune.ts';
import { writeResult } from '../common/write-result.ts';

interface Options extends LadderOptions {
  testShare: number;
  /** A hash, or true for the version in force. */
  version?: string | true;
  out?: string;
  json: boolean;
}

const PAGE = 'report.html';

/** The options that only matter for tuning. */
const TUNING_OPTIONS = [
  'tiers',
  'maxLoss',
  'certainty',
  'budget',
  'value',
  'scorer',
  'fitShare',
  'crossFit',
  'testShare',
];

export function registerReport(program: Command): void {
  const command = program
    .command('report')
    .description(
      'Write an HTML page that shows what a route saves, what it loses, and how certain that is. Tune the route as `weir tune` does, but set some questions aside and measure the result on those: the frontier and its certificate, where the money goes, how well confidence is calibrated, every group, and the hardest questions with their texts. The page needs no network, and nothing is stored or promoted. With --version, nothing is tuned: a stored version is measured on all questions of the file.',
    )
    .argument('<traces>', TRACES);
  addLadderOptions(command)
    .option('--test-share <x>', 'share of the questions to set aside and measure on', parseShare, 0.3)
    .addOption(
      new Option(
        '--version [hash]',
        'measure this stored version on all questions instead of tuning (without a hash: the version in force)',
      ).conflicts(TUNING_OPTIONS),
    )
    .option('--out <file>', `file to write the page to (default: ${PAGE}; with --json, none)`)
    .option('--json', 'print the data of the page as one JSON document', false)
    .action(run);
}

async function run(file: string, options: Options): Promise<void> {
  const data =
    options.version === undefined
      ? await tunedReport(file, options)
      : await versionReport(file, options, options.version);
  const page = options.out ?? (options.json ? undefined : PAGE);
  if (page !== undefined) writeResult(page, renderReport(data));
  if (options.json) printJson(data);
  else printLines(describe(data, page ?? PAGE));
}

async function tunedReport(file: string, options: Options): Promise<ReportData> {
  const ladder = await chooseLadder(options);
  const traces = await readQuestions(file, options.strict);
  const table = await layOut(file, traces, ladder.tiers, options.prices);
  const how = tuneOptions(file, ladder, options, options.testShare);
  return unusableOnRange(() =>
    reportFromTuned(table, tune(table, how), {
      ...how,
      tiers: ladder.tiers,
      relativePrices: options.prices !== undefined,
    }),
  );
}

async function versionReport(
  file: string,
  { route, config, seed, prices, strict }: Options,
  asked: string | true,
): Promise<ReportData> {
  const { policy, decidedBy, typed } = await chooseReplayable(
    defined({ route, config, version: asked === true ? undefined : asked }),
  );
  if (decidedBy === undefined)
    throw failed(
      `No version decides on route '${route}', so there is none to measure. Name one by its hash; ${typed('versions list')} shows all versions.`,
    );
  const table = await layOut(file, await readQuestions(file, strict), policy.tiers, prices);
  return unusableOnRange(() =>
    reportFromVersion(table, decidedBy.version, {
      hash: decidedBy.hash,
      tiers: policy.tiers,
      source: basename(file),
      createdAt: isoTime(Date.now()),
      seed,
      relativePrices: prices !== undefined,
    }),
  );
}

function describe(
  { result, tiers, questions, certificate, judged, version, beyondPromise }: ReportData,
  page: string,
): string[] {
  const { relativeCost, loss } = result;
  const lost =
    loss === undefined
      ? ''
      : `, quality loss ${percent(loss.value)} (${percent(loss.lower)} to ${percent(loss.upper)})`;
  return [
    `Relative cost ${percent(relativeCost.value)} of what always asking ${tiers.at(-1) ?? ''} costs (${percent(relativeCost.lower)} to ${percent(relativeCost.upper)})${lost}, on ${counted(questions.test, 'question')} ${rowsOf(judged)}; ${version === undefined ? '' : `version ${version}, `}${certificate === undefined ? 'not certified' : 'certified'}.`,
    ...(beyondPromise === undefined ? [] : [beyondPromise]),
    `Wrote the page to ${page}.`,
  ];
}

function rowsOf(judged: ReportData['judged']): string {
  if (judged === undefined) return 'that were set aside';
  return judged.unseen ? 'that were asked after it was made' : '(some of which it may have been made from)';
}
