/**
 * Fuzzes every target in turn, each slice in a process of its own, so that an input that ends or stalls it is found too.
 *
 *     node test/fuzz/main.ts [--minutes 2] [--seed 1] [--target NAME]
 *
 * Prints what it found as a file for test/fuzz/corpus/, and ends with status 1.
 */
import { fork } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runTarget, type FoundFault } from './run-target.ts';
import { TARGETS } from './targets/targets.ts';

const RUNS = 250;
/** An input on which the process works longer stalls the gateway. */
const STALL_MS = 20_000;
const LOOK_MS = 1_000;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    target: { type: 'string' },
    slice: { type: 'string' },
  },
});
const chosen = TARGETS.filter(({ name }) => values.target === undefined || name === values.target);
if (chosen.length === 0)
  throw new Error(
    `there is no target '${values.target}'; there are ${TARGETS.map(({ name }) => name).join(', ')}`,
  );

if (values.slice === undefined) await fuzz(Number(values.minutes), Number(values.seed));
else {
  const [target] = chosen;
  if (target === undefined) throw new RangeError('a slice has a target');
  const fault = await runTarget(target, { seed: Number(values.seed), runs: RUNS, lastInput: values.slice });
  process.send?.(fault ?? null, () => process.exit(0));
}

async function fuzz(minutes: number, firstSeed: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-fuzz-'));
  const endMs = performance.now() + minutes * 60_000;
  const inputs = new Map(chosen.map(({ name }) => [name, 0]));
  for (let slice = 0; performance.now() < endMs; slice += 1) {
    const target = chosen[slice % chosen.length]?.name ?? '';
    const seed = firstSeed + Math.floor(slice / chosen.length);
    const fault = await sliceOf(target, seed, join(folder, `${target}.json`));
    if (fault !== undefined) {
      console.log(JSON.stringify({ target, why: '', input: fault.input }, undefined, 2));
      console.error(`${target}, seed ${seed}: ${fault.message}`);
      process.exitCode = 1;
      break;
    }
    inputs.set(target, (inputs.get(target) ?? 0) + RUNS);
  }
  rmSync(folder, { recursive: true });
  const counts = [...inputs].map(([name, count]) => `${name} ${count}`).join(', ');
  console.error(`${minutes} min from seed ${firstSeed}; inputs: ${counts}`);
}

/** @returns the fault that was found. */
async function sliceOf(target: string, seed: number, lastInput: string): Promise<FoundFault | undefined> {
  const child = fork(
    import.meta.filename,
    ['--target', target, '--seed', String(seed), '--slice', lastInput],
    {
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    },
  );
  let said = '';
  child.stderr?.on('data', (piece: Buffer) => (said = (said + piece.toString()).slice(-20_000)));
  let seen = { writtenMs: 0, workedMs: 0 };
  const watch = setInterval(() => {
    const writtenMs = statSync(lastInput, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const workedMs = workOf(child.pid);
    if (writtenMs !== seen.writtenMs) seen = { writtenMs, workedMs };
    else if (workedMs - seen.workedMs > STALL_MS && child.kill('SIGKILL')) said += '\nit stalled the process';
  }, LOOK_MS);
  let result: FoundFault | null | undefined;
  child.on('message', (message: FoundFault | null) => {
    result = message;
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearInterval(watch);
  if (result !== undefined && code === 0) return result ?? undefined;
  if (!existsSync(lastInput)) throw new Error(`${target} cannot be run:\n${said}`);
  return {
    input: JSON.parse(readFileSync(lastInput, 'utf8')) as unknown,
    message: `the process ended (${code}):\n${said}`,
  };
}

/** Processor time of a process, in milliseconds: a busy machine stalls nothing. Where the system does not say, the time that passed. */
function workOf(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return performance.now();
  }
}
