/** Writes the tables of `demo/README.md` from the recordings: `node demo/summary.ts`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readTraces } from '../src/traces/read-write.ts';
import type { Trace } from '../src/traces/trace.ts';

const recordings = fileURLToPath(new URL('traces.jsonl.gz', import.meta.url));
const page = fileURLToPath(new URL('README.md', import.meta.url));
const TIERS = ['small', 'medium', 'large'];

/** What stands between the two marks is written by this program, and by nobody else. */
const BEGIN = '<!-- written by demo/summary.ts -->';
const END = '<!-- end -->';

function cell(traces: readonly Trace[], tier: string): string {
  const scores = traces.flatMap((trace) => trace.attempts[tier]?.score ?? []);
  if (scores.length === 0) return '';
  return (scores.reduce((sum, score) => sum + score, 0) / scores.length).toFixed(2).replace(/^0/, '');
}

function table(name: string, rows: ReadonlyMap<string, readonly Trace[]>): string[] {
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
  const rows = Map.groupBy(traces, key);
  return new Map([...rows].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The page with its tables as the recordings have them. */
export async function pageWithTables(): Promise<string> {
  const { traces } = await readTraces(recordings, { strict: true });
  const lines = [
    ...table('group', new Map([...by(traces, (trace) => trace.group), ['**all**', traces]])),
    '',
    ...table(
      'split',
      by(traces, (trace) => trace.split ?? ''),
    ),
  ];
  const text = readFileSync(page, 'utf8');
  const begin = text.indexOf(BEGIN) + BEGIN.length;
  return `${text.slice(0, begin)}\n${lines.join('\n')}\n${text.slice(text.indexOf(END))}`;
}

if (import.meta.main) {
  writeFileSync(page, await pageWithTables());
  console.log('The tables of demo/README.md are written.');
}
