/** A thread that runs the tasks it is sent. */
import { parentPort, workerData } from 'node:worker_threads';
import { costRetuned } from './retuned.ts';
import { runEscalations } from './escalations.ts';
import { readPopulation, tablesAt } from './population.ts';
import { run, type RunResult, type Tick } from './run.ts';
import { QUESTIONS, SCENARIOS } from './scenarios.ts';
import { createTruth } from './truth.ts';

export interface Task {
  scenario: string;
  seed: number;
  /** Whether to run learning from escalations only as well. */
  escalations: boolean;
}

export interface Done extends Task {
  result: Omit<RunResult, 'start'>;
  escalated?: Tick[];
  /** After a change, the cost of a policy that is tuned from scratch on as many labels. */
  retuned?: number;
}

const { file, tiers, worse } = workerData as { file: string; tiers: string[]; worse: string };
const population = await readPopulation(file, tiers, worse);

parentPort?.on('message', (task: Task) => {
  const scenario = SCENARIOS.find(({ name }) => name === task.scenario);
  if (scenario === undefined) throw new RangeError(`there is no scenario '${task.scenario}'`);
  const truth = createTruth(population);
  const { start, ...result } = run({ population, scenario, seed: task.seed, truth });
  const done: Done = { ...task, result };
  if (task.escalations)
    done.escalated = runEscalations({ population, scenario, seed: task.seed, truth }, start);
  const { recovery } = result;
  if (recovery !== undefined) {
    const end = QUESTIONS - 1;
    done.retuned = costRetuned(
      population,
      tablesAt(population, scenario.lastPrice(end), false),
      { variant: scenario.variant(end), mixture: scenario.mixture(end) },
      recovery.labels,
      truth,
      { seed: task.seed, draws: 4 },
    );
  }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window: it has no origin.
  parentPort?.postMessage(done);
});
