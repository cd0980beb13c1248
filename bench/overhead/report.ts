import { isoDay } from '../../src/format/time.ts';
import { cpus } from 'node:os';
import type { LoadResult } from './load.ts';

/** One gateway under one load. */
export interface Row {
  kind: string;
  gateway: string;
  round: number;
  connections: number;
  result: LoadResult;
  /** The machine's load average over the minute before, as a sign of other work. */
  loadAverage: number;
}

type Cell = (mine: LoadResult, bare: LoadResult) => number;

const COLUMNS: readonly (readonly [heading: string, cell: Cell])[] = [
  ['requests/s', (mine) => mine.requestsPerSecond],
  ['× bare', (mine, bare) => mine.requestsPerSecond / bare.requestsPerSecond],
  ['CPU µs a request', (mine) => mine.cpuUsPerRequest],
  ['× bare, by CPU', (mine, bare) => bare.cpuUsPerRequest / mine.cpuUsPerRequest],
  ['p50 ms', (mine) => mine.p50Us / 1_000],
  ['added p50 ms', (mine, bare) => (mine.p50Us - bare.p50Us) / 1_000],
];

/** The rows as a table: medians over the rounds, least and most in brackets; ratios to the bare proxy of the same round. */
export function report(rows: readonly Row[], bare: string): string {
  const loads = rows.map(({ loadAverage }) => loadAverage);
  const lines = [
    `${cpus().length} × ${cpus()[0]?.model ?? '?'}, Node ${process.version}, ${isoDay(Date.now())}, load average ${middle(loads)}`,
    '',
    `| answers | connections | gateway | ${COLUMNS.map(([heading]) => heading).join(' | ')} |`,
    `|---|---|---|${COLUMNS.map(() => '---|').join('')}`,
  ];
  const groups = Map.groupBy(
    rows,
    ({ kind, connections, gateway }) => `${kind} | ${connections} | ${gateway}`,
  );
  const order = (group: readonly Row[]): string => `${group[0]?.kind} ${group[0]?.connections === 1}`;
  const sorted = [...groups].toSorted(([, one], [, other]) => order(one).localeCompare(order(other)));
  for (const [name, group] of sorted) {
    const cells = COLUMNS.map(([, cell]) =>
      middle(group.map((row) => cell(row.result, sameRound(rows, row, bare)))),
    );
    lines.push(`| ${name} | ${cells.join(' | ')} |`);
  }
  return lines.join('\n');
}

function sameRound(rows: readonly Row[], { kind, connections, round }: Row, bare: string): LoadResult {
  const found = rows.find(
    (row) =>
      row.kind === kind && row.connections === connections && row.round === round && row.gateway === bare,
  );
  if (found === undefined) throw new Error(`no ${bare} in round ${round}`);
  return found.result;
}

function middle(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): string => Number((sorted[index] ?? Number.NaN).toPrecision(3)).toString();
  return `${at(Math.floor(sorted.length / 2))} (${at(0)}–${at(sorted.length - 1)})`;
}
