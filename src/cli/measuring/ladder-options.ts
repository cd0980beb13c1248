import { Option, type Command } from 'commander';
import { CONFIG_OPTION, ROUTE_OPTION, STRICT_OPTION } from '../common/options.ts';
import { parseList, parsePositive, parsePrices, parseSeed, parseShare } from '../common/parse-arguments.ts';

/** Which ladder a command works on: a route's, or one of models that the command line names. */
export interface LadderChoice {
  route: string;
  config?: string;
  tiers?: string[];
}

/** What to tune: which ladder, for which objective, on which rows. */
export interface LadderOptions extends LadderChoice {
  maxLoss?: number;
  certainty?: number;
  budget?: number;
  value?: number;
  prices?: number[];
  scorer: string;
  seed: number;
  fitShare: number;
  crossFit: boolean;
  strict: boolean;
}

export const SEED_OPTION = ['--seed <n>', 'seed of the random split', parseSeed, 7] as const;
export const PRICES_OPTION = [
  '--prices <x,…>',
  'relative prices, one per tier, for answers without a recorded cost',
  parsePrices,
] as const;

/** The options of every command that works on a ladder. */
export function addLadderChoice(command: Command): Command {
  return command
    .option(...ROUTE_OPTION)
    .option(...CONFIG_OPTION)
    .option(
      '--tiers <a,b,…>',
      'models of the ladder, cheapest first, as the file names them; instead of a configuration',
      parseList,
    );
}

/** The options of every command that tunes. */
export function addLadderOptions(command: Command): Command {
  return addLadderChoice(command)
    .addOption(
      new Option(
        '--max-loss <x>',
        "largest share of quality to lose against the last tier (default: the route's objective)",
      )
        .argParser(parseShare)
        .conflicts(['budget', 'value']),
    )
    .option('--certainty <x>', "certainty of the promise (default: the route's, or 0.9)", parseShare)
    .addOption(
      new Option('--budget <usd>', 'average cost of a request, in US dollars')
        .argParser(parsePositive)
        .conflicts('value'),
    )
    .option('--value <usd>', 'what one more acceptable answer is worth, in US dollars', parsePositive)
    .option(...PRICES_OPTION)
    .option('--scorer <text>', 'who scored the answers, to be named in the certificate', "the file's scores")
    .option(...SEED_OPTION)
    .option(
      '--fit-share <x>',
      'share of the questions to fit on; the others measure the policies, and certify them if a quality is promised',
      parseShare,
      0.45,
    )
    .addOption(
      new Option(
        '--cross-fit',
        'use every label both to fit and to test, in five folds: costs less, but its certainty holds only with many labels',
      )
        .default(false)
        .conflicts(['fitShare', 'budget', 'value']),
    )
    .option(...STRICT_OPTION);
}
