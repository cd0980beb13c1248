/**
 * Measures the learning loop on recorded answers of real models, streamed as traffic through the cascade, the audit plan and
 * the loop; compared with the first certified policy left unchanged, and with learning from escalations only.
 *
 *     node bench/learning/main.ts FILE a,b[,c] WORSE [--runs N] [--only name,name] [--out FOLDER]
 *
 * WORSE is the model of the file that replaces the first tier in some scenarios.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { picture } from './picture.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import { summary } from './summary.ts';
import type { Done, Task } from './work.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string' },
    only: { type: 'string' },
    out: { type: 'string' },
    seed: { type: 'string', default: '500' },
  },
});
const [file, names, worse] = positionals;
if (file === undefined || names === undefined || worse === undefined)
  throw new RangeError(
    'usage: node bench/learning/main.ts FILE a,b[,c] WORSE [--runs N] [--only name,…] [--out FOLDER]',
  );
/** How many runs of a scenario are compared with learning from escalations. */
const ESCALATION_RUNS = 12;

const only = values.only?.split(',');
const chosen = SCENARIOS.filter(({ name }) => only === undefined || only.includes(name));
const runsOf = ({ runs }: Scenario): number => (values.runs === undefined ? runs : Number(values.runs));
const tasks = chosen.flatMap((scenario) =>
  Array.from({ length: runsOf(scenario) }, (_, run): Task => ({
    scenario: scenario.name,
    seed: Number(values.seed) + run,
    escalations: run < ESCALATION_RUNS,
  })),
);
const started = performance.now();
const done = await runAll(tasks);
console.log(summary(chosen, done));
console.log(`\n${tasks.length} runs in ${Math.round((performance.now() - started) / 1_000)} s`);
if (values.out !== undefined) {
  mkdirSync(values.out, { recursive: true });
  for (const scenario of chosen)
    writeFileSync(
      `${values.out}/${scenario.name.replaceAll(' ', '-')}.svg`,
      picture(
        scenario,
        done.filter((each) => each.scenario === scenario.name),
      ),
    );
}

/** Runs the tasks in threads; each takes the next task when it has finished one. */
async function runAll(waiting: readonly Task[]): Promise<Done[]> {
  const results: Done[] = [];
  let next = 0;
  const threads = Array.from(
    { length: availableParallelism() },
    () =>
      new Promise<void>((resolve, reject) => {
        const worker = new Worker(new URL('work.ts', import.meta.url), {
          workerData: { file, tiers: names?.split(','), worse },
        });
        const give = (): void => {
          const task = waiting[next++];
          if (task === undefined) void worker.terminate().then(() => resolve());
          // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window: it has no origin.
          else worker.postMessage(task);
        };
        worker.on('message', (result: Done) => {
          results.push(result);
          if (results.length % 20 === 0) console.error(`${results.length} of ${waiting.length}`);
          give();
        });
        worker.on('error', reject);
        give();
      }),
  );
  await Promise.all(threads);
  return results.toSorted((a, b) => a.seed - b.seed);
}
