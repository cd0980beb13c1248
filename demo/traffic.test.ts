import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createFolder, startWeir, weir } from '../src/cli/common/testing.ts';
import { parseReferences } from '../src/learning/labels/parse-references.ts';
import { askAll, readQuestions, referenceLine } from './traffic.ts';

const questions = readQuestions();

test('every question has a right answer that can be imported', () => {
  const lines = questions.map(referenceLine);
  const { references, bad } = parseReferences(lines, { route: 'auto', routes: ['auto'] });
  assert.deepEqual(bad, []);
  assert.equal(references.length, questions.length);
});

test('the demonstration audits its own traffic, and judges it by its own references', async () => {
  const { folder, remove } = await createFolder();
  const file = join(folder, 'weir.yaml');
  const yaml = readFileSync(new URL('learning.yaml', import.meta.url), 'utf8');
  writeFileSync(file, yaml.replace('sqlite:../learning-demo.db', 'sqlite:./weir.db'));
  const some = questions.slice(0, 20);
  writeFileSync(join(folder, 'references.jsonl'), some.map(referenceLine).join('\n'));
  assert.equal((await weir(['labels', 'import', 'references.jsonl'], folder)).code, 0);
  const running = startWeir(
    ['serve', '--demonstration', '--config', file, '--listen', '127.0.0.1:0'],
    folder,
  );
  try {
    const [, url = ''] = await running.said(/Weir listens on (http:\/\/\S+)\. /);
    assert.match(running.stderr(), /no model runs/);
    assert.deepEqual(await askAll(some, url), { 'large, not certified': some.length });
  } finally {
    running.child.kill('SIGTERM');
    await running.ended;
  }
  const { stdout } = await weir(['learning', '--json'], folder);
  await remove();
  interface Learning {
    routes: { labels: { complete: number; certifying: number } }[];
  }
  const [route] = (JSON.parse(stdout) as Learning).routes;
  // The last one may still have run at the end.
  assert.ok((route?.labels.complete ?? 0) >= some.length - 1, stdout);
});
