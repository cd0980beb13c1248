/**
 * How much each family of signals adds to telling right answers from wrong ones, on the recordings: `node demo/signals.ts`
 * prints the tables of `bench/RESULTS.md`. Everything is fitted and chosen on `split: fit`, and judged on `split: test`.
 */
import { fileURLToPath } from 'node:url';
import type { Signals } from '../src/routing/attempt.ts';
import { readTraces } from '../src/traces/read-write.ts';
import { compare, type Comparison } from './signals/compare.ts';
import { answerFamilies, families, onlyFamilies, type Family } from './signals/families.ts';
import { fitChosen, type Predict } from './signals/fit.ts';
import { answerRows, type AnswerRow } from './signals/rows.ts';

const TIERS = ['small', 'medium', 'large'];

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;

function describe(compared: Comparison | undefined): string {
  if (compared === undefined) return ' | | ';
  const { first, difference, lower, upper, detectable } = compared;
  const power = lower <= 0 && upper >= 0 ? `; ${detectable.toFixed(3)}` : '';
  return `${first.toFixed(3)} | ${signed(difference)} (${signed(lower)} to ${signed(upper)}${power})`;
}

function model(rows: readonly AnswerRow[], kept: (signals: Signals) => Signals): Predict {
  const { predict } = fitChosen(rows.map((row) => ({ ...row, signals: kept(row.signals) })));
  return ({ tier, signals }) => predict({ tier, signals: kept(signals) });
}

const ofFamilies = (rows: readonly AnswerRow[], kept: readonly Family[]): Predict =>
  model(rows, (signals) => onlyFamilies(signals, kept));

export function tables(rows: readonly AnswerRow[]): string[] {
  const fit = rows.filter(({ split }) => split === 'fit');
  const test = rows.filter(({ split }) => split === 'test');
  const multi = test.filter((row) => row.multiStep);
  const mean = model(fit, ({ meanLogprob = Number.NaN }) => ({ meanLogprob }));
  const all = ofFamilies(fit, answerFamilies);
  const parts = [
    { name: 'all groups', rows: test },
    { name: 'several steps', rows: multi },
    { name: 'one step', rows: test.filter((row) => !row.multiStep) },
  ].flatMap((part) => [
    { ...part, name: `${part.name}, pooled` },
    ...TIERS.map((tier) => ({
      name: `${part.name}, ${tier}`,
      rows: part.rows.filter((row) => row.tier === tier),
    })),
  ]);
  return [
    '| answers of `split: test` | answers (right), templates | mean log-probability alone | all signals of the answer | difference |',
    '|---|---|---|---|---|',
    ...parts.map(({ name, rows: part }) => {
      const compared = compare(part, all, mean);
      if (compared === undefined) return `| ${name} | ${part.length} | | | |`;
      const { answers, right, templates, second } = compared;
      return `| ${name} | ${answers} (${right}), ${templates} | ${second.toFixed(3)} | ${describe(compared)} |`;
    }),
    '',
    '| signals | all groups | difference | several steps | difference |',
    '|---|---|---|---|---|',
    ...variants(fit).map(
      ([name, predict]) =>
        `| ${name} | ${describe(compare(test, predict, mean))} | ${describe(compare(multi, predict, mean))} |`,
    ),
  ];
}

function variants(fit: readonly AnswerRow[]): (readonly [string, Predict])[] {
  return [
    ['all of the answer', ofFamilies(fit, answerFamilies)],
    ['… and the request', ofFamilies(fit, families)],
    ...answerFamilies.map(
      (left) =>
        [
          `without ${left}`,
          ofFamilies(
            fit,
            answerFamilies.filter((family) => family !== left),
          ),
        ] as const,
    ),
    ...families.map((alone) => [`${alone} alone`, ofFamilies(fit, [alone])] as const),
  ];
}

if (import.meta.main) {
  const recordings = process.argv[2] ?? fileURLToPath(new URL('traces.jsonl.gz', import.meta.url));
  const { traces } = await readTraces(recordings, { strict: true });
  console.log(tables(answerRows(traces, TIERS)).join('\n'));
}
