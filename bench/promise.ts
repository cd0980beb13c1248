/**
 * Ordinary trouble over HTTP, and what becomes of the promise: a gateway with scripted models for each row and seed. The small
 * model is as sure of a wrong answer as of a right one, so only audits can see a loss.
 *
 *     node bench/promise.ts [--seeds N] [--requests N] [--only words] [--at-once N]
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { exactPercent } from '../src/format/percent.ts';
import { PROMISE_ROWS } from './promise/rows.ts';
import { runPromiseRow, type PromiseRun } from './promise/run.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2' },
    requests: { type: 'string', default: '700' },
    only: { type: 'string', default: '' },
    // Most of a run is waiting for the learner.
    'at-once': { type: 'string', default: '6' },
  },
});
const PROMISE = 0.05;

const rows = PROMISE_ROWS.filter(({ name }) => name.includes(values.only));
const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => index + 1);
const waiting = rows.flatMap((row) => seeds.map((seed) => ({ row, seed })));
const changing = new Set(rows.filter(({ changeAfter }) => changeAfter !== undefined).map(({ name }) => name));
const runs = new Map<string, PromiseRun[]>(rows.map(({ name }) => [name, []]));

await Promise.all(
  Array.from({ length: Number(values['at-once']) }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { row, seed } = next;
      const run = await runPromiseRow(row, { seed, requests: Number(values.requests) });
      runs.get(row.name)?.push(run);
      process.stderr.write(`${row.name}, seed ${seed}: ${JSON.stringify(run)}\n`);
    }
  }),
);

const sum = (of: readonly PromiseRun[], what: (run: PromiseRun) => number): number =>
  of.reduce((total, run) => total + what(run), 0);
/** No alarm comes at the moment of a change: there the certificate must have ended half way through what follows. */
const isBroken = (run: PromiseRun, changes: boolean): boolean =>
  run.outside > 0 || (changes ? run.late > 0 : run.wrong > PROMISE * run.certified);

const lines = [...runs].map(([name, of]) => {
  const certified = of.filter(({ certifiedAfter }) => certifiedAfter !== undefined).length;
  const cells = [
    name,
    exactPercent(sum(of, ({ smallWrong }) => smallWrong) / of.length),
    `${certified} of ${of.length}`,
    ...(['certified', 'wrong', 'outside'] as const).map((each) => sum(of, (run) => run[each])),
    of.filter((run) => isBroken(run, changing.has(name))).length,
  ];
  return `| ${cells.join(' | ')} |`;
});
process.stdout
  .write(`${values.seeds} seeds, ${values.requests} requests each; ${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}

| what happens | wrong answers of the small model | certified in | answers certified | of these wrong | of these outside the certificate | runs broken |
|---|---|---|---|---|---|---|
${lines.join('\n')}
`);
