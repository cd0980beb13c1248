/**
 * How much each family of signals helps to tell right answers from wrong ones, on the recordings: `node demo/signals.ts`
 * prints the tables of `bench/RESULTS.md`. Everything is fitted and chosen on `split: fit`, and measured on `split: test`.
 */
import { fileURLToPath } from 'node:url';
import type { Signals } from '../src/routing/attempt.ts';
import { readTraces } from '../src/traces/read-write.ts';
import { compare, type Comparison } from './signals/compare.ts';
import { answerFamilies, families, onlyFamilies, type Family } from './signals/families.ts';
import { crossFitted, fitChosen } from './signals/fit.ts';
import { answerRows, type AnswerRow } from './signals/rows.ts';

const TIERS = ['small', 'medium', 'large'];

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;

function describe(compared: Comparison | undefined): string {
  if (compared === undefined) return ' | | ';
  const { first, difference, lower, upper, detectable } = compared;
  const power = lower <= 0 && upper >= 0 ? `; ${detectable.toFixed(3)}` : '';
  return `${first.toFixed(3)} | ${signed(difference)} (${signed(lower)} to ${signed(upper)}${power})`;
}

export function tables(rows: readonly AnswerRow[]): string[] {
  const fit = rows.filter(({ split }) => split === 'fit');
  const test = rows.filter(({ split }) => split === 'test');
  const mean = predicted(fit, test, meanAlone);
  return [
    'Fitted on `split: fit`, judged on `split: test`:',
    '',
    ...partsTable(test, predicted(fit, test, ofAnswer), mean),
    '',
    'Every template judged by a model that was fitted on others, of both splits (five folds):',
    '',
    ...partsTable(rows, crossFitted(keeping(rows, ofAnswer)), crossFitted(keeping(rows, meanAlone))),
    '',
    'Each family left out, and alone; fitted on `split: fit`, judged on `split: test`:',
    '',
    ...familiesTable(fit, test, mean),
  ];
}

type Keep = (signals: Signals) => Signals;

const meanAlone: Keep = ({ meanLogprob = Number.NaN }) => ({ meanLogprob });
const only =
  (kept: readonly Family[]): Keep =>
  (signals) =>
    onlyFamilies(signals, kept);
const ofAnswer = only(answerFamilies);

const keeping = (rows: readonly AnswerRow[], keep: Keep): AnswerRow[] =>
  rows.map((row) => ({ ...row, signals: keep(row.signals) }));

const predicted = (fit: readonly AnswerRow[], rows: readonly AnswerRow[], keep: Keep): number[] =>
  keeping(rows, keep).map(fitChosen(keeping(fit, keep)).predict);

function partsTable(rows: readonly AnswerRow[], all: readonly number[], mean: readonly number[]): string[] {
  const parts = [
    { name: 'all groups', belongs: () => true },
    { name: 'several steps', belongs: (row: AnswerRow) => row.multiStep },
    { name: 'one step', belongs: (row: AnswerRow) => !row.multiStep },
  ].flatMap(({ name, belongs }) => [
    { name: `${name}, pooled`, belongs },
    ...TIERS.map((tier) => ({
      name: `${name}, ${tier}`,
      belongs: (row: AnswerRow) => row.tier === tier && belongs(row),
    })),
  ]);
  return [
    '| answers | number (right), templates | mean log-probability alone | all signals of the answer | difference |',
    '|---|---|---|---|---|',
    ...parts.map(({ name, belongs }) => {
      const compared = comparePart(rows, belongs, all, mean);
      if (compared === undefined) return `| ${name} | | | | |`;
      const { answers, right, templates, second } = compared;
      return `| ${name} | ${answers} (${right}), ${templates} | ${second.toFixed(3)} | ${describe(compared)} |`;
    }),
  ];
}

function comparePart(
  rows: readonly AnswerRow[],
  belongs: (row: AnswerRow) => boolean,
  first: readonly number[],
  second: readonly number[],
): Comparison | undefined {
  const of = (values: readonly number[]): number[] => values.filter((_, index) => chosen[index]);
  const chosen = rows.map(belongs);
  return compare(rows.filter(belongs), of(first), of(second));
}

function familiesTable(
  fit: readonly AnswerRow[],
  test: readonly AnswerRow[],
  mean: readonly number[],
): string[] {
  const variants = [
    { name: 'all of the answer', keep: ofAnswer },
    { name: '… and the request', keep: only(families) },
    ...answerFamilies.map((left) => ({
      name: `without ${left}`,
      keep: only(answerFamilies.filter((family) => family !== left)),
    })),
    ...families.map((alone) => ({ name: `${alone} alone`, keep: only([alone]) })),
  ];
  return [
    '| signals | all groups | difference | several steps | difference |',
    '|---|---|---|---|---|',
    ...variants.map(({ name, keep }) => {
      const scored = predicted(fit, test, keep);
      const everywhere = comparePart(test, () => true, scored, mean);
      const several = comparePart(test, (row) => row.multiStep, scored, mean);
      return `| ${name} | ${describe(everywhere)} | ${describe(several)} |`;
    }),
  ];
}

if (import.meta.main) {
  const recordings = process.argv[2] ?? fileURLToPath(new URL('traces.jsonl.gz', import.meta.url));
  const { traces } = await readTraces(recordings, { strict: true });
  console.log(tables(answerRows(traces, TIERS)).join('\n'));
}
