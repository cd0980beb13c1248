/** Writes `src/routing/confidence/prior-model.json`: `node demo/fit-prior.ts`. The same recordings give the same file. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fitPrior } from '../src/learning/fitting/fit-prior.ts';
import { priorRows } from '../src/learning/fitting/prior-rows.ts';
import { readTraces } from '../src/traces/read-write.ts';

const recordings = fileURLToPath(new URL('traces.jsonl.gz', import.meta.url));
export const modelFile = fileURLToPath(
  new URL('../src/routing/confidence/prior-model.json', import.meta.url),
);

export async function priorModelText(): Promise<string> {
  const { traces } = await readTraces(recordings, { strict: true });
  const model = fitPrior('prior', priorRows(traces, ['small', 'medium', 'large']));
  return `${JSON.stringify(model, undefined, 2)}\n`;
}

if (import.meta.main) {
  writeFileSync(modelFile, await priorModelText());
  console.log('The prior model is written to src/routing/confidence/prior-model.json.');
}
