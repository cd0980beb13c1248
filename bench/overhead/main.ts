import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { BARE_PROXY, startBare, startPortkey, startWeir, stop, type Gateway } from './gateways.ts';
import { load } from './load.ts';
import { report, type Row } from './report.ts';
import { startStub } from './stub.ts';

/** `npm run bench:overhead [-- --rounds 3 --seconds 10]`: what Weir adds, beside a bare proxy and Portkey. */
const option = (name: string, fallback: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const rounds = option('rounds', 3);
const seconds = option('seconds', 10);
/** The warm-up counts requests, not only time: a slow gateway must be compiled, too, before it is timed. */
const WARM_UP_REQUESTS = 3_000;
const WARM_UP_SECONDS = 3;
const WARM_UP_TURNS = 5;
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

const rows: Row[] = [];
let port = 18_100;

for (let round = 0; round < rounds; round += 1) {
  for (const kind of kinds) {
    const starters = [
      () => startBare(port, kind.stub),
      () => startWeir(join(folder, `weir-${port}`), port, kind.stub),
      () => startPortkey(peers, port, kind.stub, 'its Node'),
      () => startPortkey(peers, port, kind.stub, 'our Node'),
    ];
    // Each round begins with another gateway, so that a machine that slows down favours none.
    const turn = round % starters.length;
    for (const start of [...starters.slice(turn), ...starters.slice(0, turn)]) {
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
      let sent = 0;
      for (let turns = 0; turns < WARM_UP_TURNS && sent < WARM_UP_REQUESTS; turns += 1)
        sent += (await load({ ...common, connections: 32, seconds: WARM_UP_SECONDS })).requests;
      for (const connections of [32, 1]) {
        const [loadAverage = Number.NaN] = loadavg();
        const result = await load({ ...common, connections, seconds });
        sent += result.requests;
        rows.push({ kind: kind.name, gateway: gateway.name, round, connections, result, loadAverage });
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
process.stdout.write(`${report(rows, BARE_PROXY)}\n`);

/** Warns unless the answer's choices are those of the stub. */
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
  if (outcomes !== attempts || outcomes < least || outcomes > least + (WARM_UP_TURNS + 2) * 32) {
    throw new Error('the record does not hold every request');
  }
}
