/**
 * How long the answers take, for `demo/README.md`.
 *
 *     node demo/latencies.ts > QUESTIONS     a hundred questions, spread over the groups
 *     node demo/latencies.ts TIMED           writes the times of a recording of them to demo/latencies.jsonl
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createRandom, shuffled } from '../src/calibration/fit/random.ts';
import { readTraces } from '../src/traces/read-write.ts';
import type { Trace } from '../src/traces/trace.ts';
import { questionsFile } from './generate.ts';

const COUNT = 100;
const SEED = 20261124;
const latenciesFile = new URL('latencies.jsonl', import.meta.url);

/** One question's answer times in milliseconds, and the tokens of its answers, by tier. */
export interface Timed {
  id: string;
  ms: Record<string, number>;
  tokens: Record<string, number>;
}

/** `count` questions, from every group in proportion to its size, each drawn at random. The same each time. */
export function spread(questions: readonly Trace[], count: number): Trace[] {
  const drawn = shuffled(questions, createRandom(SEED));
  const byGroup = [...Map.groupBy(drawn, ({ group }) => group)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  // Each question's rank within its group, 0..1: the first `count` by rank are in proportion.
  return byGroup
    .flatMap(([, rows]) => rows.map((trace, index) => ({ trace, rank: (index + 0.5) / rows.length })))
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, count)
    .map(({ trace }) => trace);
}

/** The times of a recording. Throws if an answer has none, since it was recorded with --no-latency. */
export function timesOf(traces: readonly Trace[]): Timed[] {
  return traces.map(({ id, attempts }) => {
    const timed: Timed = { id, ms: {}, tokens: {} };
    for (const [tier, { latencyMs, outputTokens }] of Object.entries(attempts)) {
      if (latencyMs === undefined) throw new RangeError(`${id}: the answer of ${tier} has no latency`);
      timed.ms[tier] = latencyMs;
      if (outputTokens !== undefined) timed.tokens[tier] = outputTokens;
    }
    return timed;
  });
}

/** Median and 10th and 90th percentile, in milliseconds, and the median answer's tokens, for each tier. */
export function latencyTable(timed: readonly Timed[], tiers: readonly string[]): string[] {
  return [
    '| tier | questions | median | p10–p90 | median tokens of an answer |',
    '|---|---|---|---|---|',
    ...tiers.map((tier) => {
      const ms = known(timed.map((row) => row.ms[tier]));
      const tokens = known(timed.map((row) => row.tokens[tier]));
      const seconds = (share: number): string => (quantile(ms, share) / 1000).toFixed(2);
      return `| ${tier} | ${ms.length} | ${seconds(0.5)} s | ${seconds(0.1)}–${seconds(0.9)} s | ${tokens.length === 0 ? '' : quantile(tokens, 0.5)} |`;
    }),
  ];
}

/** `undefined` if nothing has been timed on an idle machine yet. */
export function keptTimes(): Timed[] | undefined {
  if (!existsSync(latenciesFile)) return undefined;
  return readFileSync(latenciesFile, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Timed);
}

const known = (values: readonly (number | undefined)[]): number[] =>
  values.filter((value) => value !== undefined).toSorted((a, b) => a - b);

/** The value at this share of the sorted values, by nearest rank. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

const toLines = (values: readonly unknown[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join('');

if (import.meta.main) {
  const recording = process.argv[2];
  const { traces } = await readTraces(recording ?? fileURLToPath(questionsFile), { strict: true });
  if (recording === undefined) process.stdout.write(toLines(spread(traces, COUNT)));
  else writeFileSync(latenciesFile, toLines(timesOf(traces)));
}
