import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { startBare, startPortkey, startWeir, stop, type Gateway } from './gateways.ts';
import { load, type LoadResult } from './load.ts';
import { startStub } from './stub.ts';

/** `npm run bench:overhead [-- --rounds 3 --seconds 10]`: what Weir adds, beside a bare proxy and Portkey. */
const option = (name: string, fallback: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const rounds = option('rounds', 3);
const seconds = option('seconds', 10);
const WARM_UP_SECONDS = 3;
const shared = join(process.env['WEIR_SHARED'] ?? join(import.meta.dirname, '../../../shared'), 'overhead');
const script = join(shared, 'post.lua');
const folder = mkdtempSync(join(tmpdir(), 'weir-overhead-'));
const peers = join(tmpdir(), 'weir-bench-peers');
mkdirSync(peers, { recursive: true });

const kinds = [
  {
    name: 'with log-probabilities',
    stub: 18_091,
    completion: 'completion-logprobs.json',
    body: 'request-logprobs.json',
  },
  { name: 'plain', stub: 18_092, completion: 'completion-plain.json', body: 'request-plain.json' },
];
const stub = startStub(
  folder,
  Object.fromEntries(kinds.map((kind) => [kind.stub, join(shared, kind.completion)])),
);
process.on('exit', () => stub.kill());

interface Row {
  kind: string;
  gateway: string;
  round: number;
  connections: number;
  result: LoadResult;
}
const rows: Row[] = [];
let port = 18_100;

for (let round = 0; round < rounds; round += 1) {
  for (const kind of kinds) {
    const starters = [
      () => startBare(port, kind.stub),
      () => startWeir(join(folder, `weir-${port}`), port, kind.stub),
      () => startPortkey(peers, port, kind.stub),
    ];
    for (const start of starters) {
      port += 1;
      const gateway = await start();
      const bodyFile = join(shared, kind.body);
      const common = {
        url: gateway.url,
        script,
        bodyFile,
        headers: gateway.headers,
        pid: gateway.process.pid ?? 0,
      };
      await compare(gateway, bodyFile, join(shared, kind.completion));
      let sent = (await load({ ...common, connections: 32, seconds: WARM_UP_SECONDS })).requests;
      for (const connections of [32, 1]) {
        const result = await load({ ...common, connections, seconds });
        sent += result.requests;
        rows.push({ kind: kind.name, gateway: gateway.name, round, connections, result });
        const figures = `${result.requestsPerSecond.toFixed(0)}/s, p50 ${result.p50Us} µs, ${result.cpuUsPerRequest.toFixed(0)} µs CPU, ${result.failed} failed`;
        process.stderr.write(
          `round ${round + 1}, ${kind.name}, ${gateway.name}, ${connections} connections: ${figures}\n`,
        );
      }
      await compare(gateway, bodyFile, join(shared, kind.completion));
      await stop(gateway);
      if (gateway.name === 'Weir') checkRecord(join(folder, `weir-${port}`, 'weir.db'), sent + 2);
    }
  }
}
stub.kill();
report();

/** What comes back says the same as the stub, Weir's id apart. */
async function compare(gateway: Gateway, bodyFile: string, completionFile: string): Promise<void> {
  const headers = Object.fromEntries(gateway.headers.map((line) => line.split(': ', 2) as [string, string]));
  const response = await fetch(gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: readFileSync(bodyFile),
  });
  const expected = JSON.parse(readFileSync(completionFile, 'utf8')) as Record<string, unknown>;
  const text = await response.text();
  if (!response.ok) throw new Error(`${gateway.name} answers ${response.status}: ${text.slice(0, 300)}`);
  const actual = JSON.parse(text) as Record<string, unknown>;
  const same = JSON.stringify(actual['choices']) === JSON.stringify(expected['choices']);
  if (!same) process.stderr.write(`${gateway.name} changed the answer's choices\n`);
}

/** Every request has its outcome and its attempt. wrk cuts up to 32 requests off at the end of each run. */
function checkRecord(file: string, least: number): void {
  const database = new DatabaseSync(file, { readOnly: true });
  const count = (table: string): number =>
    Number(database.prepare(`select count(*) n from ${table}`).get()?.['n']);
  const [outcomes, attempts, dropped] = [
    count('outcome'),
    count('attempt'),
    database.prepare('select sum(dropped) n from run').get()?.['n'],
  ];
  database.close();
  process.stderr.write(
    `recorded: ${outcomes} outcomes, ${attempts} attempts of ${least} answers; dropped ${String(dropped)}\n`,
  );
  if (outcomes !== attempts || outcomes < least || outcomes > least + 3 * 32) {
    throw new Error('the record does not hold every request');
  }
}

function report(): void {
  const middle = (values: number[]): string => {
    const sorted = values.toSorted((a, b) => a - b);
    const at = (index: number): string => (sorted[index] ?? Number.NaN).toPrecision(3);
    return `${at(Math.floor(sorted.length / 2))} (${at(0)}–${at(sorted.length - 1)})`;
  };
  process.stdout.write(
    `${cpus().length} × ${cpus()[0]?.model ?? '?'}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}\n\n`,
  );
  process.stdout.write(
    '| answers | connections | gateway | requests/s | × bare | CPU µs a request | p50 ms | added p50 ms |\n|---|---|---|---|---|---|---|---|\n',
  );
  for (const kind of kinds) {
    for (const connections of [32, 1]) {
      for (const gateway of new Set(rows.map((row) => row.gateway))) {
        const mine = rows.filter(
          (row) => row.kind === kind.name && row.connections === connections && row.gateway === gateway,
        );
        const bare = (round: number): LoadResult | undefined =>
          rows.find(
            (row) =>
              row.kind === kind.name &&
              row.connections === connections &&
              row.round === round &&
              row.gateway.startsWith('bare'),
          )?.result;
        const cells = [
          middle(mine.map((row) => row.result.requestsPerSecond)),
          middle(
            mine.map(
              (row) => row.result.requestsPerSecond / (bare(row.round)?.requestsPerSecond ?? Number.NaN),
            ),
          ),
          middle(mine.map((row) => row.result.cpuUsPerRequest)),
          middle(mine.map((row) => row.result.p50Us / 1000)),
          middle(mine.map((row) => (row.result.p50Us - (bare(row.round)?.p50Us ?? Number.NaN)) / 1000)),
        ];
        process.stdout.write(`| ${kind.name} | ${connections} | ${gateway} | ${cells.join(' | ')} |\n`);
      }
    }
  }
}
