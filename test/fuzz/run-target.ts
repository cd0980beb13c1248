/** One target with many inputs, in this process. */
import fc from 'fast-check';
import { writeFileSync } from 'node:fs';
import type { FuzzTarget, OpenTarget } from './target.ts';

export interface FoundFault {
  input: unknown;
  message: string;
}

/** More than any input here should take, in milliseconds of this thread's own time: other programs do not count. */
const MOST_WORK_MS = 400;
/** Compiling and collecting garbage come at their own time, so a single measure proves nothing. */
const MEASURES = 3;

/** Runs an input. @throws where something does not hold, or where it takes too much work each time. */
export async function runOnce(target: OpenTarget, input: unknown): Promise<void> {
  for (let measure = 1; ; measure += 1) {
    const before = process.threadCpuUsage();
    await target.run(input);
    const { user, system } = process.threadCpuUsage(before);
    const spentMs = (user + system) / 1_000;
    if (spentMs <= MOST_WORK_MS) return;
    if (measure === MEASURES) throw new Error(`it took ${Math.round(spentMs)} ms of work`);
  }
}

export interface RunOptions {
  seed: number;
  runs: number;
  /** Where the input under way is kept, so that it is known if the process ends by it. */
  lastInput?: string;
}

/** @returns the smallest input that was found at fault; `undefined` where there was none. */
export async function runTarget(
  target: FuzzTarget,
  { seed, runs, lastInput }: RunOptions,
): Promise<FoundFault | undefined> {
  const open = await target.open();
  try {
    const details = await fc.check(
      fc.asyncProperty(target.inputs, async (input) => {
        if (lastInput !== undefined) writeFileSync(lastInput, JSON.stringify(input));
        await runOnce(open, input);
      }),
      { seed, numRuns: runs, interruptAfterTimeLimit: SHRINK_MS, markInterruptAsFailure: false },
    );
    if (details.counterexample === null) return undefined;
    const { errorInstance: error } = details;
    return {
      input: details.counterexample[0],
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  } finally {
    await open.close();
  }
}

/** Nobody waits longer for a smaller input. */
const SHRINK_MS = 120_000;
