import type { Command } from 'commander';
import { calibrateLadder, type CalibratedLadder } from '../../learning/fitting/calibrate.ts';
import { FIGURE_HEADS, figureCells, threeDigits } from './confidence-figures.ts';
import { chooseLadder, layOut, unusableOnRange } from './ladder-arguments.ts';
import { addLadderChoice, SEED_OPTION, type LadderChoice } from './ladder-options.ts';
import { JSON_OPTION, STRICT_OPTION, TRACES } from '../common/options.ts';
import { parseShare } from '../common/parse-arguments.ts';
import { printJson, printLines, say, textTable } from '../common/output.ts';
import { readQuestions } from './read-questions.ts';
import { writeResult } from '../common/write-result.ts';

interface Options extends LadderChoice {
  seed: number;
  fitShare: number;
  out?: string;
  strict: boolean;
  json: boolean;
}

export function registerCalibrate(program: Command): void {
  const command = program
    .command('calibrate')
    .description(
      'Fit a confidence model on recorded questions: for each tier but the last, the probability that its answer is acceptable, and what the last tier would add to it. The printed figures measure a model that is fitted on a share of the questions, on the other questions. --out writes a model that is fitted on all of them, for `weir replay --model`. `weir tune` fits its own.',
    )
    .argument('<traces>', TRACES);
  addLadderChoice(command)
    .option(...SEED_OPTION)
    .option('--fit-share <x>', 'share of the questions to fit the measured model on', parseShare, 0.7)
    .option('--out <file>', 'write the model to this file')
    .option(...STRICT_OPTION)
    .option(...JSON_OPTION)
    .action(run);
}

async function run(file: string, options: Options): Promise<void> {
  const ladder = await chooseLadder(options);
  const traces = await readQuestions(file, options.strict);
  // Confidence does not depend on what an answer costs.
  const rows = await layOut(file, traces, ladder.tiers, 'free');
  const calibrated = unusableOnRange(() => calibrateLadder(rows, { ...options, name: ladder.route }));
  if (options.out !== undefined) {
    writeResult(options.out, `${JSON.stringify(calibrated.model, undefined, 2)}\n`);
    say(`Wrote the model to ${options.out}.`);
  }
  if (options.json) printJson({ file, route: ladder.route, ...calibrated });
  else printLines(describe(calibrated));
}

function describe({ heldOut, fitRows, heldOutRows }: CalibratedLadder): string[] {
  return [
    `Measured on ${heldOutRows} questions, with a model fitted on ${fitRows} others:`,
    '',
    ...textTable(
      ['tier', 'questions', 'accuracy', ...FIGURE_HEADS],
      Object.entries(heldOut).map(([tier, each]) => [
        tier,
        String(each.questions),
        threeDigits(each.accuracy),
        ...figureCells(each),
      ]),
    ),
    '',
    'Confidence → share of right answers (95 % interval), in bins of equal size:',
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
