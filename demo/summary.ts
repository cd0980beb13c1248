/** Writes the tables of `demo/README.md` from the recordings: `node demo/summary.ts`. */
import { isThresholds } from '../src/routing/rules/thresholds.ts';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { replay } from '../src/recordings/replay.ts';
import prior from '../src/routing/confidence/prior-model.json' with { type: 'json' };
import { readTraces } from '../src/traces/read-write.ts';
import type { Trace } from '../src/traces/trace.ts';
import { keptTimes, latencyTable } from './latencies.ts';
import { demonstrationPolicy } from './thresholds.ts';

const recordings = fileURLToPath(new URL('traces.jsonl.gz', import.meta.url));
const page = fileURLToPath(new URL('README.md', import.meta.url));
const TIERS = ['small', 'medium', 'large'] as const;

/** This program writes the text between the two marks; do not edit it by hand. */
const BEGIN = '<!-- written by demo/summary.ts -->';
const END = '<!-- end -->';

const figure = (value: number | undefined): string => value?.toFixed(2).replace(/^0(?=\.)/, '') ?? '';

function cell(traces: readonly Trace[], tier: string): string {
  const scores = traces.map((trace) => trace.attempts[tier]?.score).filter((score) => score !== undefined);
  return scores.length === 0 ? '' : figure(scores.reduce((sum, score) => sum + score, 0) / scores.length);
}

function scoreTable(name: string, rows: ReadonlyMap<string, readonly Trace[]>): string[] {
  return [
    `| ${name} | questions | answered by all | ${TIERS.join(' | ')} |`,
    `|---|---|---|${TIERS.map(() => '---|').join('')}`,
    ...[...rows].map(([row, traces]) => {
      const complete = traces.filter((trace) => TIERS.every((tier) => trace.attempts[tier] !== undefined));
      return `| ${row} | ${traces.length} | ${complete.length} | ${TIERS.map((tier) => cell(complete, tier)).join(' | ')} |`;
    }),
  ];
}

function by(traces: readonly Trace[], key: (trace: Trace) => string): Map<string, Trace[]> {
  return new Map([...Map.groupBy(traces, key)].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const bySplit = (traces: readonly Trace[]): Map<string, Trace[]> => by(traces, (trace) => trace.split ?? '');

/** What the demonstration's own route does with each split. */
function routeTable(traces: readonly Trace[]): string[] {
  const policy = demonstrationPolicy();
  return [
    '| split | questions | served by small, medium, large | score | always large | cost ÷ always large |',
    '|---|---|---|---|---|---|',
    ...[...bySplit(traces)].map(([split, rows]) => {
      const { questions, servedBy, score, alwaysLastScore, relativeCost } = replay(policy, rows);
      const served = TIERS.map((tier) => figure(servedBy[tier])).join(', ');
      return `| ${split} | ${questions} | ${served} | ${figure(score)} | ${figure(alwaysLastScore)} | ${figure(relativeCost)} |`;
    }),
  ];
}

/** The figures of the confidence model on answers that it was not fitted on, with those of the mean log-probability alone. */
function confidenceTable(): string[] {
  const { test, testOfMeanLogprobAlone: alone } = prior.evidence;
  const both = (here: number, there: number): string => `${here.toFixed(3)} (${there.toFixed(3)})`;
  return [
    '| tier | answers | log loss | Brier | AUROC | debiased ECE |',
    '|---|---|---|---|---|---|',
    ...TIERS.map((tier) => {
      const [fused, single] = [test[tier], alone[tier]];
      const figures = [
        both(fused.logLoss, single.logLoss),
        both(fused.brier, single.brier),
        both(fused.auroc, single.auroc),
        both(fused.debiasedEce, single.debiasedEce),
      ];
      return `| ${tier} | ${fused.n} | ${figures.join(' | ')} |`;
    }),
  ];
}

function thresholdsText(): string {
  const { rule } = demonstrationPolicy();
  return isThresholds(rule) ? rule.thresholds.map(figure).join(' and ') : '';
}

function latencies(): string[] {
  const timed = keptTimes();
  if (timed === undefined) return [];
  return [
    '',
    '## How long an answer took',
    '',
    `${timed.length} of the questions, spread over the groups, were asked again one at a time. Each model was alone on the machine (two`,
    'virtual cores of an AMD EPYC, both for the model). Times are of prompt and answer together, as the client sees them.',
    '',
    ...latencyTable(timed, TIERS),
  ];
}

function tables(traces: readonly Trace[]): string[] {
  return [
    ...scoreTable('group', new Map([...by(traces, (trace) => trace.group), ['**all**', [...traces]]])),
    '',
    ...scoreTable('split', bySplit(traces)),
    '',
    '## What the demonstration does with them',
    '',
    `Its thresholds are ${thresholdsText()}. They come from a grid of .05: the cheapest pair whose mean score on \`split: fit\` is at`,
    'most .05 under always asking the large model (`node demo/thresholds.ts`). That is a choice, not a certificate.',
    '',
    ...routeTable(traces),
    '',
    'The last column counts every call, also those whose answer was not served. Where the large model is wrong as well, all',
    'three are paid for nothing. The medium one costs about a third of the large one. So asking it on the way must spare the',
    'large one often before it pays.',
    '',
    '## How well the confidence tells right from wrong',
    '',
    'On the answers with `split: test` that fail no check. The confidence model was not fitted on them. In brackets: the same',
    'for a model of the mean log-probability alone.',
    '',
    ...confidenceTable(),
    ...latencies(),
  ];
}

/** The page with its tables as the recordings have them. */
export async function pageWithTables(): Promise<string> {
  const { traces } = await readTraces(recordings, { strict: true });
  const text = readFileSync(page, 'utf8');
  const begin = text.indexOf(BEGIN) + BEGIN.length;
  return `${text.slice(0, begin)}\n${tables(traces).join('\n')}\n${text.slice(text.indexOf(END))}`;
}

if (import.meta.main) {
  writeFileSync(page, await pageWithTables());
  console.log('The tables of demo/README.md are written.');
}
