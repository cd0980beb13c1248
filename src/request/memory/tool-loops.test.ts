import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createToolLoops } from './tool-loops.ts';

const calling = (id: string): Parameters<ReturnType<typeof createToolLoops>['tiersOf']>[2] => [
  { role: 'assistant', content: null, tool_calls: [{ id }] },
];

test('a call is known by its id, also where a client got it made fit for Anthropic’s API', () => {
  const loops = createToolLoops();
  loops.remember('t', 'auto', ['functions.find:0'], 'large');
  assert.deepEqual(loops.tiersOf('t', 'auto', calling('functions.find:0')), ['large']);
  assert.deepEqual(loops.tiersOf('t', 'auto', calling('functions_find_0')), ['large']);
  assert.deepEqual(loops.tiersOf('t', 'other', calling('functions.find:0')), []);
  assert.deepEqual(loops.tiersOf('u', 'auto', calling('functions.find:0')), []);
});

test('only so many calls are remembered, the newest', () => {
  const loops = createToolLoops(2);
  loops.remember('t', 'auto', ['a', 'b', 'c'], 'large');
  assert.deepEqual(
    ['a', 'b', 'c'].map((id) => loops.tiersOf('t', 'auto', calling(id)).length),
    [0, 1, 1],
  );
});

test('an answer of very many calls does not have those of others forgotten', () => {
  const loops = createToolLoops();
  loops.remember('t', 'auto', ['first'], 'large');
  const many = Array.from({ length: 50_000 }, (_, index) => `call_${index}`);
  loops.remember('u', 'auto', many, 'small');
  assert.deepEqual(loops.tiersOf('t', 'auto', calling('first')), ['large']);
  assert.deepEqual(loops.tiersOf('u', 'auto', calling('call_0')), ['small']);
});

test('a long id is known, and takes no more memory than another', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const loops = createToolLoops();
  const id = (index: number): string => `${index}`.padEnd(100_000, 'x');
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let index = 0; index < 1_000; index += 1) loops.remember('t', 'auto', [id(index)], 'large');
  assert.deepEqual(loops.tiersOf('t', 'auto', calling(id(7))), ['large']);
  assert.deepEqual(loops.tiersOf('t', 'auto', calling(id(5_000))), []);
  collect();
  const grown = process.memoryUsage().heapUsed - before;
  assert.ok(grown < 20_000_000, `${grown} bytes for a thousand ids of 100,000 characters`);
});
