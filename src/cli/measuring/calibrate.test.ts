import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { LADDER, makeTraces } from '../../../test/made-traces.ts';
import { createFolder, weir } from '../common/testing.ts';

let folder: string;
let remove: () => Promise<void>;
before(async () => {
  ({ folder, remove } = await createFolder());
  const lines = makeTraces({ seed: 3, rows: 300, tiers: LADDER }).map((trace) => JSON.stringify(trace));
  await writeFile(join(folder, 'traces.jsonl'), lines.join('\n'));
});
after(() => remove());

const ladder = ['calibrate', 'traces.jsonl', '--tiers', 'small,medium,large'];

test('it prints how good the confidence of each tier but the last is, on questions it was not fitted on', async () => {
  const { code, stdout } = await weir(ladder, folder);
  assert.equal(code, 0);
  assert.match(stdout, /Measured on 90 questions, with a model fitted on 210 others/);
  assert.match(stdout, /tier +questions +accuracy +ECE +debiased +Brier +log loss +AUROC/);
  assert.match(stdout, /^small +90( +0\.\d{3}){6}$/m);
  assert.doesNotMatch(stdout, /^large/m);
});

test('--json has the figures and the model', async () => {
  const { stdout } = await weir([...ladder, '--json'], folder);
  const { heldOut, model } = JSON.parse(stdout) as {
    heldOut: Record<string, Record<string, number>>;
    model: { tiers: object };
  };
  assert.deepEqual(Object.keys(heldOut), ['small', 'medium']);
  assert.ok((heldOut['small']?.['auroc'] ?? 0) > 0.6);
  assert.deepEqual(Object.keys(model.tiers), ['small', 'medium']);
});

test('an output that cannot be written is said, and is no unexpected error', async () => {
  const { code, stderr } = await weir([...ladder, '--out', 'none/model.json'], folder);
  assert.equal(code, 1);
  assert.match(stderr, /^weir: none\/model\.json cannot be written: /m);
});
