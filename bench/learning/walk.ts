/**
 * The demonstration's questions through the loop, as docs/learning-tutorial.md asks them, without a gateway: what is certified
 * after how many questions, in orders that are shuffled anew.
 *
 *     node bench/learning/walk.ts [--orders N] [--from SEED] [--loss 0.05] [--rate 0.05] [--verbose]
 *
 * `--rate` is `auditRate`; `startRate` is 1. Seed 20261125 is the order of `node demo/traffic.ts ask`.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createRandom, shuffled } from '../../src/calibration/fit/random.ts';
import { createLadderTable } from '../../src/learning/table/ladder-table.ts';
import { testSettings } from '../../src/learning/loop/testing.ts';
import { readTraces } from '../../src/traces/read-write.ts';
import { createChance } from '../../test/made-traces.ts';
import { simulateRoute, trueLoss } from '../../test/simulated-route.ts';

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '1' },
    from: { type: 'string', default: '20261125' },
    loss: { type: 'string', default: '0.05' },
    rate: { type: 'string', default: '0.05' },
    verbose: { type: 'boolean', default: false },
  },
});

/** As in demo/learning.yaml, in nano-dollars a token. */
const TIERS = Object.entries({ small: 13.5, medium: 49.4, large: 154 }).map(([name, each]) => ({
  name,
  model: name,
  upstream: 'recorded',
  location: 'on-premises' as const,
  price: { input: each, output: each },
}));
const limit = Number(values.loss);
const { traces } = await readTraces(fileURLToPath(new URL('../../demo/traces.jsonl.gz', import.meta.url)), {
  strict: true,
});
const { table } = createLadderTable(
  traces.map((trace) => ({ ...trace, cluster: trace.id })),
  TIERS,
);
const rows = table.ids.map((_, row) => row);
const settings = testSettings({
  tiers: TIERS.map(({ name, model }) => ({ name, model })),
  objective: { maxQualityLoss: limit, certainty: 0.9 },
  runLengths: { requests: 60_000, audits: 60_000 * Number(values.rate) },
});

let [certified, broken] = [0, 0];
const firsts: number[] = [];
for (let seed = Number(values.from); seed < Number(values.from) + Number(values.orders); seed += 1) {
  const order = shuffled(rows, createRandom(seed));
  const run = simulateRoute({
    table,
    settings,
    audits: { auditRate: Number(values.rate), startRate: 1, closeRate: 0.05 },
    requests: order.length,
    chance: createChance(seed),
    request: (t) => ({ row: order[t] ?? 0, client: 'all' }),
    everyMs: 40,
  });
  const first = run.answers.find((answer) => answer.certified)?.t;
  const isBroken = [...run.certified].some((version) => trueLoss(table, version, rows) > limit);
  if (first !== undefined) {
    certified += 1;
    firsts.push(first);
  }
  if (isBroken) broken += 1;
  if (values.verbose)
    for (const { t, kind, message } of run.events) console.log(`  ${t} ${kind}: ${message}`);
  const served = run.answers.filter((answer) => answer.certified).length;
  console.log(
    `${seed}: first certified at ${first ?? 'never'}, ${served} certified answers, ${run.audits} audits${isBroken ? ', BROKEN' : ''}`,
  );
}
firsts.sort((a, b) => a - b);
const within = firsts.filter((t) => t <= 1_000).length;
console.log(
  `${certified} of ${values.orders} certified, ${within} within 1,000; median ${firsts[Math.floor(firsts.length / 2)] ?? '–'}, broken ${broken}`,
);
