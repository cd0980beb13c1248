import assert from 'node:assert/strict';
import { test } from 'node:test';
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
