/**
 * How long tuning, measuring and deciding take, as Markdown tables:
 *
 *     node bench/tuning.ts [--data FOLDER] [--only growth|files|decisions] [--quick]
 *
 * FOLDER has the recorded questions `mmlu-pro.jsonl.gz` and `closed-qa.jsonl.gz`; without it their rows are left out. Times
 * are this process's CPU time (user and system), and beside it the elapsed time, which other work on the machine affects.
 */
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bench } from '../src/learning/tuning/bench.ts';
import { createLadderTable, type LadderTable } from '../src/learning/table/ladder-table.ts';
import { requestView, toAttempt } from '../src/recordings/replay-attempt.ts';
import { tune, type Tuned } from '../src/learning/tuning/tune.ts';
import { cascade } from '../src/routing/cascade.ts';
import type { Policy } from '../src/routing/policy.ts';
import { pointAt, weigh } from '../src/routing/rules/price-rule.ts';
import { readTraces } from '../src/traces/read-write.ts';
import { makeTraces, policyTiers, type MadeTier } from '../test/made-traces.ts';

const { values: options } = parseArgs({
  options: { data: { type: 'string' }, only: { type: 'string' }, quick: { type: 'boolean', default: false } },
});
const ROUNDS = options.quick ? 1 : 3;

interface Spent {
  /** Seconds of CPU time of this process, and of elapsed time. */
  work: number;
  clock: number;
}

async function timed(work: () => unknown): Promise<Spent> {
  const [before, start] = [process.cpuUsage(), performance.now()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return { work: (user + system) / 1e6, clock: (performance.now() - start) / 1e3 };
}

/** The median of the rounds by CPU time, with the least and the most. */
async function rounds(work: () => unknown): Promise<string> {
  const spent: Spent[] = [];
  for (let round = 0; round < ROUNDS; round++) spent.push(await timed(work));
  const sorted = spent.toSorted((a, b) => a.work - b.work);
  const middle = sorted[ROUNDS >> 1] ?? { work: NaN, clock: NaN };
  const [least, most] = [sorted[0]?.work ?? NaN, sorted.at(-1)?.work ?? NaN];
  return `${middle.work.toFixed(2)} s (${least.toFixed(2)}–${most.toFixed(2)}) | ${middle.clock.toFixed(1)} s`;
}

const print = (...cells: (string | number)[]): void => {
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
};

function tuneLoss(table: LadderTable, maxQualityLoss = 0.02): Tuned {
  return tune(table, {
    route: 'auto',
    tiers: table.tiers.map((name) => ({ name, model: name })),
    objective: { maxQualityLoss, certainty: 0.9 },
    seed: 7,
    source: { name: 'bench', dates: ['2026-11-24'], scorer: 'the file' },
    createdAt: '2026-11-24T00:00:00.000Z',
    fitShare: 0.45,
    testShare: 0,
  });
}

function made(tiers: number, rows: number): LadderTable {
  const ladder = Array.from({ length: tiers }, (_, tier): MadeTier => ({
    name: `t${tier}`,
    ability: 0.6 + (2 * tier) / (tiers - 1),
    costUsd: 1e-4 * 20 ** (tier / (tiers - 1)),
    paid: 0.5,
  }));
  const groups = Array.from({ length: 14 }, (_, group) => `g${group}`);
  return createLadderTable(makeTraces({ seed: 5, rows, tiers: ladder, groups }), policyTiers(ladder)).table;
}

async function recorded(file: string, names: readonly string[]): Promise<LadderTable | undefined> {
  const path = join(options.data ?? '', file);
  if (options.data === undefined || !existsSync(path)) return undefined;
  const { traces } = await readTraces(path);
  return createLadderTable(traces, policyTiers(names.map((name) => ({ name })))).table;
}

async function howItGrows(): Promise<void> {
  print('tiers', 'questions', 'work', 'clock');
  print('---', '---', '---', '---');
  for (const tiers of [2, 3, 4, 5, 6])
    for (const rows of options.quick ? [1_000] : [1_000, 4_000, 12_000]) {
      const table = made(tiers, rows);
      print(tiers, rows, await rounds(() => tuneLoss(table)));
    }
}

async function realFiles(): Promise<void> {
  print('what', 'work', 'clock');
  print('---', '---', '---');
  const pro = await recorded('mmlu-pro.jsonl.gz', ['gpt-4.1-nano', 'gpt-4.1-mini', 'gpt-4.1']);
  if (pro !== undefined)
    print(`fit and certify mmlu-pro, ${pro.count} questions, 3 tiers`, await rounds(() => tuneLoss(pro)));
  const closed = await recorded('closed-qa.jsonl.gz', ['llama3.1-8b', 'llama3.1-70b', 'llama3.1-405b']);
  const sizes = { fit: 800, certify: 1_000, splits: 40, seed: 11, population: false };
  if (closed !== undefined)
    print(
      `40 splits of closed-qa, ${closed.count} questions, 3 tiers`,
      await rounds(() => bench(closed, { ...sizes, maxLosses: [0.02, 0.05], certainty: 0.9 })),
    );
}

/** Mean microseconds of a call, over many calls. */
async function microseconds(calls: number, work: (call: number) => void): Promise<string> {
  for (let call = 0; call < 20_000; call++) work(call);
  const { work: seconds } = await timed(() => {
    for (let call = 0; call < calls; call++) work(call);
  });
  return `${((seconds * 1e6) / calls).toFixed(2)} µs`;
}

async function decisions(): Promise<void> {
  print('tiers', 'one `weigh`', 'one request through `cascade()`', 'steps of it');
  print('---', '---', '---', '---');
  for (const count of [2, 3, 4]) {
    const table = made(count, 3_000);
    const { version } = tuneLoss(table, 0.05);
    if (version === undefined) continue;
    const tiers = policyTiers(table.tiers.map((name) => ({ name })));
    const { rule, confidenceModel } = version;
    const policy: Policy = { route: 'auto', tiers, rule, onAbstain: 'serve', data: {}, certified: true };
    const requests = table.traces.slice(0, 500).map((trace) => ({
      view: requestView(trace, policy),
      attempts: tiers.map((tier, index) => toAttempt(trace.attempts[tier.name] ?? {}, tier, index)),
    }));
    const point = pointAt(rule, 0.5);
    const later = table.tiers.slice(1);
    const weighing = await microseconds(300_000, (call) => {
      const { view, attempts } = requests[call % 500] ?? {};
      if (view === undefined) return;
      const signals = attempts?.[0]?.signals ?? {};
      const known = { at: 'answered', tier: 't0', paid: false, vetoed: false, signals } as const;
      weigh(rule, point, confidenceModel, view, known, { later, last: later.at(-1) ?? '', paid: true });
    });
    let steps = 0;
    const failure = { code: 'upstream_error', message: 'none were recorded', status: 502 };
    const whole = await microseconds(100_000, (call) => {
      const { view, attempts } = requests[call % 500] ?? {};
      if (view === undefined) return;
      const walk = cascade(policy, confidenceModel, view);
      let step = walk.next();
      while (step.done !== true) {
        steps += 1;
        const { callId, tier, about } = step.value.call;
        const attempt = attempts?.[tier];
        if (attempt === undefined) return;
        step = walk.next({
          kind: 'attempt',
          attempt: { ...attempt, callId, ...(about !== undefined && { about, failure }) },
        });
      }
    });
    print(count, weighing, whole, (steps / 120_000).toFixed(2));
  }
}

const PARTS = { growth: howItGrows, files: realFiles, decisions };

process.stdout.write(`${cpus().length} × ${cpus()[0]?.model ?? ''}, Node ${process.version}\n`);
for (const [name, part] of Object.entries(PARTS)) {
  if (options.only !== undefined && options.only !== name) continue;
  process.stdout.write('\n');
  await part();
}
