import { basename } from 'node:path';
import { Option, type Command } from 'commander';
import type { ReportData } from '../../learning/tuning/report-data.ts';
import { reportFromTuned } from '../../report/from-tuned.ts';
import { reportFromVersion } from '../../report/from-version.ts';
import { renderReport } from '../../report/page.ts';
import { tune } from '../../learning/tuning/tune.ts';
import { failed } from '../common/exit.ts';
import { chooseLadder, layOut, unusableOnRange } from './ladder-arguments.ts';
import { addLadderOptions, type LadderOptions } from './ladder-options.ts';
import { parseShare } from '../common/parse-arguments.ts';
import { percent, print, printJson } from '../common/output.ts';
import { readQuestions } from './read-questions.ts';
import { chooseReplayable } from './replay-policy.ts';
import { tuneOptions } from './tune.ts';
import { writeResult } from '../common/write-result.ts';

interface Options extends LadderOptions {
  testShare: number;
  /** A hash, or true: the one in force. */
  version?: string | true;
  out?: string;
  json: boolean;
}

const PAGE = 'report.html';

/** What is for tuning alone. */
const TUNING = [
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

export function register(program: Command): void {
  const command = program
    .command('report')
    .summary('a page that shows what a route saves, what it loses, and how sure that is')
    .description(
      'Tunes a route as `weir tune` does, but keeps some of the questions aside, and shows on these what came out: one HTML page with the frontier and its certificate, where the money goes, how well the confidence is calibrated, every group, and the hardest questions with their texts. It needs no network. Nothing is kept or promoted: it is for looking, before or after `weir tune`. With --version nothing is tuned: a stored version is judged on all the questions that are given.',
    )
    .argument('<traces>', 'the recorded questions, with scores: JSON Lines, gzip where the name ends in .gz');
  addLadderOptions(command)
    .option('--test-share <x>', 'share of the questions that is kept aside, to measure on', parseShare, 0.3)
    .addOption(
      new Option(
        '--version [hash]',
        'judge this stored version on all questions, and tune nothing (without a hash: the one in force)',
      ).conflicts(TUNING),
    )
    .option('--out <file>', `the page (default: ${PAGE}; with --json none)`)
    .option('--json', 'print what the page shows as one JSON document', false)
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
  else describe(data, page ?? PAGE).forEach(print);
}

async function tunedReport(file: string, options: Options): Promise<ReportData> {
  const ladder = chooseLadder(options);
  const traces = await readQuestions(file, options.strict);
  const table = layOut(file, traces, ladder.tiers, options.prices);
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
  const { policy, decidedBy } = await chooseReplayable({
    route,
    ...(config === undefined ? {} : { config }),
    ...(asked === true ? {} : { version: asked }),
  });
  if (decidedBy === undefined)
    throw failed(
      `no version decides on route '${route}', so there is none to judge; name one by its hash (\`weir versions list\`)`,
    );
  const table = layOut(file, await readQuestions(file, strict), policy.tiers, prices);
  return unusableOnRange(() =>
    reportFromVersion(table, decidedBy.version, {
      hash: decidedBy.hash,
      tiers: policy.tiers,
      source: basename(file),
      createdAt: new Date().toISOString(),
      seed,
      relativePrices: prices !== undefined,
    }),
  );
}

function describe(
  { result, tiers, questions, certificate, judged, version }: ReportData,
  page: string,
): string[] {
  const { relativeCost, loss } = result;
  const lost =
    loss === undefined
      ? ''
      : `, quality loss ${percent(loss.value)} (${percent(loss.lower)} to ${percent(loss.upper)})`;
  return [
    `Relative cost ${percent(relativeCost.value)} of always ${tiers.at(-1) ?? ''} (${percent(relativeCost.lower)} to ${percent(relativeCost.upper)})${lost}, on ${questions.test} questions ${rowsOf(judged)}; ${version === undefined ? '' : `version ${version}, `}${certificate === undefined ? 'not certified' : 'certified'}.`,
    `The page: ${page}`,
  ];
}

function rowsOf(judged: ReportData['judged']): string {
  if (judged === undefined) return 'kept aside';
  return judged.unseen
    ? 'that were asked after it was made'
    : '(whether it was made from some of them is not known)';
}
