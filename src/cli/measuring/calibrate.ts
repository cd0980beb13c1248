import type { Command } from 'commander';
import { calibrateLadder, type Calibrated } from '../../learning/fitting/calibrate.ts';
import { FIGURE_HEADS, figureCells, threeDigits } from './confidence-figures.ts';
import { chooseLadder, layOut, unusableOnRange } from './ladder-arguments.ts';
import { addLadderChoice, type LadderChoice } from './ladder-options.ts';
import { parseSeed, parseShare } from '../common/parse-arguments.ts';
import { print, printJson, say, table } from '../common/output.ts';
import { readQuestions } from './read-questions.ts';
import { writeResult } from '../common/write-result.ts';

interface Options extends LadderChoice {
  seed: number;
  fitShare: number;
  out?: string;
  strict: boolean;
  json: boolean;
}

export function register(program: Command): void {
  const command = program
    .command('calibrate')
    .summary('fit a confidence model on recorded questions, and say how good it is')
    .description(
      'Fits the probability that an answer is acceptable, and what the last tier would add, for each tier but the last. The figures printed are those of a model fitted on a share of the questions, on the others; the model that --out writes is fitted on all of them. `weir replay --model` uses it, and `weir tune` fits its own.',
    )
    .argument('<traces>', 'the recorded questions, with scores: JSON Lines, gzip where the name ends in .gz');
  addLadderChoice(command)
    .option('--seed <n>', 'of the random split', parseSeed, 7)
    .option('--fit-share <x>', 'share of the questions that the judged model is fitted on', parseShare, 0.7)
    .option('--out <file>', 'write the model to this file')
    .option('--strict', 'a bad line in the file is an error', false)
    .option('--json', 'print one JSON document', false)
    .action(run);
}

async function run(file: string, options: Options): Promise<void> {
  const ladder = chooseLadder(options);
  const traces = await readQuestions(file, options.strict);
  // What an answer costs has no part in how sure one can be of it.
  const rows = layOut(file, traces, ladder.tiers, 'free');
  const calibrated = unusableOnRange(() => calibrateLadder(rows, { ...options, name: ladder.route }));
  if (options.out !== undefined) {
    writeResult(options.out, `${JSON.stringify(calibrated.model, undefined, 2)}\n`);
    say(`The model is in ${options.out}.`);
  }
  if (options.json) printJson({ file, route: ladder.route, ...calibrated });
  else describe(calibrated).forEach(print);
}

function describe({ heldOut, fitRows, heldOutRows }: Calibrated): string[] {
  return [
    `On ${heldOutRows} questions, with a model fitted on ${fitRows} others:`,
    '',
    ...table(
      ['tier', 'questions', 'accuracy', ...FIGURE_HEADS],
      Object.entries(heldOut).map(([tier, each]) => [
        tier,
        String(each.questions),
        threeDigits(each.accuracy),
        ...figureCells(each),
      ]),
    ),
    '',
    'Confidence → share that was right (95 % interval), in bins of as many answers each:',
    ...Object.entries(heldOut).flatMap(([tier, { reliability }]) => [
      `  ${tier}`,
      ...reliability.map(
        ({ predicted, observed, lower, upper }) =>
          `    ${threeDigits(predicted)} → ${threeDigits(observed)} (${threeDigits(lower)}–${threeDigits(upper)}) ${bar(observed)}`,
      ),
    ]),
  ];
}

const WIDTH = 30;

function bar(share: number): string {
  return '█'.repeat(Math.round(share * WIDTH));
}
