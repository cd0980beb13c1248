import type { Command } from 'commander';
import { bench, type BenchReport, type PolicyFigures } from '../../learning/tuning/bench.ts';
import { FIGURE_HEADS, figureCells, threeDigits } from './confidence-figures.ts';
import { unusable } from '../common/exit.ts';
import { chooseLadder, layOut, unusableOnRange } from './ladder-arguments.ts';
import {
  parseCount,
  parseList,
  parsePrices,
  parseSeed,
  parseShare,
  parseShares,
} from '../common/parse-arguments.ts';
import { print, printJson, table } from '../common/output.ts';
import { showProgress } from '../common/progress.ts';
import { readQuestions } from './read-questions.ts';

const MOST_NAMES = 20;

interface Options {
  tiers: string[];
  maxLoss: number[];
  certainty: number;
  fit: number;
  certify: number;
  splits: number;
  seed: number;
  prices?: number[];
  exclude: string[];
  population: boolean;
  crossFit: boolean;
  strict: boolean;
  json: boolean;
}

export function register(program: Command): void {
  program
    .command('bench')
    .summary('judge policies on recorded questions, over many random splits')
    .description(
      'For each split it fits on some questions, certifies on others, and judges every policy on the rest, which nothing else has seen: the certified one beside those that are tuned the plain way, the heuristic rules, and what could be had at best. With --population, rows to fit and certify are drawn with replacement and the truth is the mean over the whole file: that is what a certificate speaks of.',
    )
    .argument('<traces>', 'the recorded questions, with scores: JSON Lines, gzip where the name ends in .gz')
    .requiredOption('--tiers <a,b,…>', 'the ladder, cheapest first, by the names in the file', parseList)
    .option('--max-loss <x,…>', 'the quality losses that are promised', parseShares, [0.02, 0.05])
    .option('--certainty <x>', 'how certain the promise is to be', parseShare, 0.9)
    .option('--fit <n>', 'questions to fit on', parseCount, 800)
    .option('--certify <n>', 'questions to certify on', parseCount, 1000)
    .option('--splits <n>', 'random splits', parseCount, 40)
    .option('--seed <n>', 'of the random splits', parseSeed, 7)
    .option('--prices <x,…>', 'relative prices, one a tier, for answers without a recorded cost', parsePrices)
    .option('--exclude <group,…>', 'leave out these groups', parseList, [])
    .option('--population', 'draw with replacement, and judge on the whole file', false)
    .option('--cross-fit', 'also the policy that every label was both fitted on and tested with', false)
    .option('--strict', 'a bad line in the file is an error', false)
    .option('--json', 'print one JSON document', false)
    .action(run);
}

async function run(file: string, options: Options): Promise<void> {
  const { tiers, exclude, json } = options;
  const questions = await readQuestions(file, options.strict);
  const groups = [...new Set(questions.map(({ group }) => group))];
  const unknown = exclude.find((group) => !groups.includes(group));
  if (unknown !== undefined)
    throw unusable(`--exclude: no question is of the group '${unknown}'; the groups are ${namesOf(groups)}.`);
  const traces = questions.filter(({ group }) => !exclude.includes(group));
  const rows = layOut(file, traces, chooseLadder({ route: 'bench', tiers }).tiers, options.prices);
  const progress = showProgress('Splits');
  try {
    const report = unusableOnRange(() =>
      bench(rows, {
        ...options,
        maxLosses: options.maxLoss,
        progress: (done, total) => progress.update(done, total),
      }),
    );
    progress.end();
    if (json) printJson({ file, tiers, traces: rows.count, ...report });
    else describe(tiers, rows.count, options, report).forEach(print);
  } finally {
    progress.end();
  }
}

/** The first of many, so that a line of words stays one. */
function namesOf(groups: readonly string[]): string {
  const more = groups.length - MOST_NAMES;
  return `${groups.slice(0, MOST_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function describe(tiers: readonly string[], count: number, options: Options, report: BenchReport): string[] {
  const { accuracy, oracleAccuracy, calibration, policies, leftOut, crossFittedToCertified = [] } = report;
  const policyRows = Object.entries(policies).flatMap(([name, figures]) =>
    figures.map((each) => policyRow(name, each)),
  );
  return [
    `${tiers.join(' → ')}: ${count} questions, ${drawsInWords(options)}, ${options.fit} to fit on and ${options.certify} to certify on.`,
    '',
    ...table(
      ['tier', 'accuracy'],
      [
        ...Object.entries(accuracy).map(([tier, value]) => [tier, threeDigits(value)]),
        ['best of all', threeDigits(oracleAccuracy)],
      ],
    ),
    '',
    'How well the confidence tells right from wrong, on questions that it was not fitted on:',
    ...table(
      ['tier', ...FIGURE_HEADS],
      Object.entries(calibration).map(([tier, each]) => [tier, ...figureCells(each)]),
    ),
    '',
    'Policies; violated: the share of splits whose true loss was above the promise, with its 95 % interval; cost: everything spent ÷ always the last tier, ± its standard error.',
    ...(options.splits === 1 ? ['One split tells no standard error.'] : []),
    ...table(['policy', 'promise', 'violated', 'interval', 'cost', '±', 'loss'], policyRows),
    ...(crossFittedToCertified.length === 0
      ? []
      : [
          '',
          'What crossFitted costs less what certified costs, by split, ± the standard error of its mean:',
        ]),
    ...crossFittedToCertified.map(
      ({ maxLoss, relativeCost, relativeCostError }) =>
        `promise ${maxLoss}: ${relativeCost.toFixed(3)}${relativeCostError === null ? '' : ` ± ${relativeCostError.toFixed(3)}`}`,
    ),
    ...(leftOut.length === 0
      ? []
      : ['', `Left out, for the answers have no token log-probabilities: ${leftOut.join(', ')}.`]),
  ];
}

function drawsInWords({ splits, population }: Pick<Options, 'splits' | 'population'>): string {
  const s = splits === 1 ? '' : 's';
  return population ? `${splits} draw${s} from them as a population` : `${splits} split${s}`;
}

function policyRow(name: string, figures: PolicyFigures): string[] {
  const { maxLoss, violationRate, violationInterval, relativeCost, relativeCostError, loss } = figures;
  return [
    name,
    String(maxLoss),
    violationRate.toFixed(2),
    `${violationInterval.lower.toFixed(2)}–${violationInterval.upper.toFixed(2)}`,
    relativeCost.toFixed(3),
    relativeCostError === null ? '–' : relativeCostError.toFixed(3),
    loss.toFixed(4),
  ];
}
