/**
 * The process that `recorder-crash.test.ts` kills: records without end, and prints, after each flush, how
 * many requests had been recorded before it. Request n has the id `n`, two attempts and a label.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createRecorder } from '../../src/store/recorder/recorder.ts';
import { openStore } from '../../src/store/open.ts';
import { attemptRow, labelRow, outcomeRow } from '../../src/store/testing.ts';

/** As much as may be lost; never reached, so that nothing is dropped and every row can be counted. */
const CAPACITY = 1_000;

const store = await openStore(`sqlite:${process.argv[2] ?? ''}`);
const recorder = await createRecorder({
  store,
  clock: Date.now,
  onLoss: () => {},
  capacity: CAPACITY,
  batchSize: 64,
  intervalMs: 5,
});

let next = 0;
async function record(): Promise<void> {
  for (;;) {
    for (let burst = 0; burst < 40 && recorder.stats().pending < CAPACITY - 2; burst += 1) {
      const id = String(next);
      recorder.record(outcomeRow(id, { createdAtMs: next, explanation: 'x'.repeat(1_000) }), [
        attemptRow(id, 0, { served: false }),
        attemptRow(id, 1),
      ]);
      recorder.label(labelRow(id));
      next += 1;
    }
    await nextTurn();
  }
}

async function acknowledge(): Promise<void> {
  for (;;) {
    const recorded = next;
    await recorder.flush();
    process.stdout.write(`${recorded}\n`);
    await nextTurn();
  }
}

await Promise.all([record(), acknowledge()]);
