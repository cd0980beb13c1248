import type { Command } from 'commander';
import { bench, type BenchReport, type PolicyFigures } from '../../learning/tuning/bench.ts';
import { counted } from '../../format/counted.ts';
import { withMinus } from '../../format/minus.ts';
import { FIGURE_HEADS, figureCells, threeDigits } from './confidence-figures.ts';
import { unusable } from '../common/exit.ts';
import { JSON_OPTION, STRICT_OPTION, TRACES } from '../common/options.ts';
import { layOut, namedLadder, unusableOnRange, type LaidOut } from './ladder-arguments.ts';
import { parseCount, parseList, parseShare, parseShares } from '../common/parse-arguments.ts';
import { printJson, printLines, textTable } from '../common/output.ts';
import { PRICES_OPTION, SEED_OPTION } from './ladder-options.ts';
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

export function registerBench(program: Command): void {
  program
    .command('bench')
    .description(
      'Compare policies on recorded questions over many random splits. Each split fits on some questions, certifies on others, and measures every policy on the rest, which nothing else has used: the certified policy, policies tuned without a certificate, the heuristic rules, and the best one possible. With --population, the questions to fit and certify on are drawn with replacement and the truth is the mean over the whole file, which is what a certificate is about.',
    )
    .argument('<traces>', TRACES)
    .requiredOption(
      '--tiers <a,b,…>',
      'models of the ladder, cheapest first, as the file names them',
      parseList,
    )
    .option('--max-loss <x,…>', 'quality losses to promise', parseShares, [0.02, 0.05])
    .option('--certainty <x>', 'certainty of each promise', parseShare, 0.9)
    .option('--fit <n>', 'number of questions to fit on', parseCount, 800)
    .option('--certify <n>', 'number of questions to certify on', parseCount, 1000)
    .option('--splits <n>', 'number of random splits', parseCount, 40)
    .option(...SEED_OPTION)
    .option(...PRICES_OPTION)
    .option('--exclude <group,…>', 'groups of questions to leave out', parseList, [])
    .option('--population', 'draw with replacement, and measure on the whole file', false)
    .option('--cross-fit', 'also compare the policy that uses every label both to fit and to test', false)
    .option(...STRICT_OPTION)
    .option(...JSON_OPTION)
    .action(run);
}

async function run(file: string, options: Options): Promise<void> {
  const { tiers, exclude, json } = options;
  const questions = await readQuestions(file, options.strict);
  const groups = [...new Set(questions.map(({ group }) => group))];
  const unknown = exclude.find((group) => !groups.includes(group));
  if (unknown !== undefined)
    throw unusable(
      `--exclude: no question belongs to group '${unknown}'. The groups are ${namesOf(groups)}.`,
    );
  const traces = questions.filter(({ group }) => !exclude.includes(group));
  const rows = await layOut(file, traces, namedLadder('bench', tiers).tiers, options.prices);
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
    if (json)
      printJson({
        file,
        tiers,
        questions: questions.length,
        traces: rows.count,
        leftOutQuestions: leftOutOf(rows, questions.length - traces.length),
        ...report,
      });
    else
      printLines(
        describe(
          rows,
          { file: questions.length, excluded: questions.length - traces.length },
          options,
          report,
        ),
      );
  } finally {
    progress.end();
  }
}

/** The first names of many, so that the message stays short. */
function namesOf(groups: readonly string[]): string {
  const more = groups.length - MOST_NAMES;
  return `${groups.slice(0, MOST_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Why questions of the file are not among the rows, in words. */
function leftOutOf({ leftOutWords }: LaidOut, excluded: number): string[] {
  return [
    ...(excluded === 0 ? [] : [`${counted(excluded, 'question')} of groups in --exclude`]),
    ...leftOutWords,
  ];
}

function describe(
  rows: LaidOut,
  { file, excluded }: { file: number; excluded: number },
  options: Options,
  report: BenchReport,
): string[] {
  const { tiers, count } = rows;
  const missing = leftOutOf(rows, excluded);
  const of = missing.length === 0 ? '' : ` of the ${file} in the file (left out: ${missing.join('; ')})`;
  const { accuracy, oracleAccuracy, calibration, policies, leftOut, crossFittedToCertified = [] } = report;
  const policyRows = Object.entries(policies).flatMap(([name, figures]) =>
    figures.map((each) => policyRow(name, each)),
  );
  return [
    `${tiers.join(' → ')}: ${counted(count, 'question')}${of}, ${drawsInWords(options)}, ${options.fit} to fit on and ${options.certify} to certify on.`,
    '',
    ...textTable(
      ['tier', 'accuracy'],
      [
        ...Object.entries(accuracy).map(([tier, value]) => [tier, threeDigits(value)]),
        ['best of all', threeDigits(oracleAccuracy)],
      ],
    ),
    '',
    'How well confidence tells right answers from wrong ones, on questions that it was not fitted on:',
    ...textTable(
      ['tier', ...FIGURE_HEADS],
      Object.entries(calibration).map(([tier, each]) => [tier, ...figureCells(each)]),
    ),
    '',
    'Policies. violated: share of splits whose true loss exceeded the promise, with its 95 % interval. cost: everything spent ÷ the cost of always asking the last tier, ± its standard error. frontier: the cheapest policy within the promise in hindsight, which no test can choose; oracle: the cheapest best answer to each question.',
    ...(options.splits === 1 ? ['A single split gives no standard error.'] : []),
    ...textTable(['policy', 'promise', 'violated', 'interval', 'cost', '±', 'loss'], policyRows),
    ...(crossFittedToCertified.length === 0
      ? []
      : ['', 'Cost of crossFitted minus cost of certified, averaged over the splits, ± its standard error:']),
    ...crossFittedToCertified.map(
      ({ maxLoss, relativeCostDifference: minus, relativeCostDifferenceError: error }) =>
        `promise ${maxLoss}: ${withMinus(minus.toFixed(3))}${error === null ? '' : ` ± ${error.toFixed(3)}`}`,
    ),
    ...(report.advice.length === 0 ? [] : ['', ...report.advice]),
    ...(leftOut.length === 0
      ? []
      : ['', `Left out because the answers have no token log-probabilities: ${leftOut.join(', ')}.`]),
  ];
}

function drawsInWords({ splits, population }: Pick<Options, 'splits' | 'population'>): string {
  return population ? `${counted(splits, 'draw')} from them as a population` : counted(splits, 'split');
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
    withMinus(loss.toFixed(4)),
  ];
}
