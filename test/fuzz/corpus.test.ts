/** Inputs that once failed, each with the reason; fuzzing found most of them. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runOnce } from './run-target.ts';
import { TARGETS } from './targets/targets.ts';

interface Kept {
  target: string;
  /** What was wrong, in a line. */
  why: string;
  input: unknown;
}

const folder = join(import.meta.dirname, 'corpus');
const kept = readdirSync(folder).map((file) => ({
  file,
  ...(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Kept),
}));

test('every kept input names its target and says why it is kept', () => {
  assert.ok(kept.length > 0);
  for (const { file, target, why } of kept) {
    assert.ok(
      TARGETS.some(({ name }) => name === target),
      `${file}: ${target}`,
    );
    assert.match(why, /\w+ \w+/, file);
  }
});

for (const target of TARGETS) {
  const inputs = kept.filter((each) => each.target === target.name);
  if (inputs.length === 0) continue;
  test(`inputs that once failed are answered as they should be: ${target.name}`, async (t) => {
    const open = await target.open();
    try {
      for (const { file, why, input } of inputs) await t.test(`${file}: ${why}`, () => runOnce(open, input));
    } finally {
      await open.close();
    }
  });
}
