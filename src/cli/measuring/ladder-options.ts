import { Option, type Command } from 'commander';
import { parseList, parsePositive, parsePrices, parseSeed, parseShare } from '../common/parse-arguments.ts';

/** Whose ladder: a route's, or one of models that the file names. */
export interface LadderChoice {
  route: string;
  config?: string;
  tiers?: string[];
}

/** What is tuned: whose ladder, for which objective, on which rows. */
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

/** The options of every command that looks at a ladder. */
export function addLadderChoice(command: Command): Command {
  return command
    .option('--route <name>', 'the route', 'auto')
    .option('--config <file>', 'the configuration (default: weir.yaml, where there is one)')
    .option(
      '--tiers <a,b,…>',
      'without a configuration: the ladder, cheapest first, by the names in the file',
      parseList,
    );
}

/** The options of every command that tunes. */
export function addLadderOptions(command: Command): Command {
  return addLadderChoice(command)
    .addOption(
      new Option(
        '--max-loss <x>',
        "the quality that may be lost against the last tier (default: the route's objective)",
      )
        .argParser(parseShare)
        .conflicts(['budget', 'value']),
    )
    .option('--certainty <x>', "how certain the promise is to be (default: the route's, or 0.9)", parseShare)
    .addOption(
      new Option('--budget <usd>', 'what a request may cost on average')
        .argParser(parsePositive)
        .conflicts('value'),
    )
    .option('--value <usd>', 'what one more acceptable answer is worth', parsePositive)
    .option('--prices <x,…>', 'relative prices, one a tier, for answers without a recorded cost', parsePrices)
    .option('--scorer <text>', "who judged the answers, for the certificate's sentence", "the file's scores")
    .option('--seed <n>', 'of the random split', parseSeed, 7)
    .option(
      '--fit-share <x>',
      'share of the questions that is fitted on; on the others policies are judged, and certified where a quality is promised',
      parseShare,
      0.45,
    )
    .addOption(
      new Option(
        '--cross-fit',
        'fit on every label and test with it, in five folds: cheaper, and certain in the limit of many labels alone',
      )
        .default(false)
        .conflicts(['fitShare', 'budget', 'value']),
    )
    .option('--strict', 'a bad line in the file is an error', false);
}
