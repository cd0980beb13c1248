/** Loaded into a gateway under test (`node --expose-gc --import`): at SIGUSR2 it collects its garbage and says what is left. */
import { setImmediate as turn } from 'node:timers/promises';

async function report(): Promise<void> {
  // What is finalised in one collection is freed in the next.
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc?.();
    await turn();
  }
  const { heapUsed, external } = process.memoryUsage();
  process.stdout.write(`heap ${heapUsed + external}\n`);
}

process.on('SIGUSR2', () => void report());
