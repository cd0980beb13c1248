import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeJson } from './write-json.ts';

const deep = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);

test('values are written as they are', () => {
  for (const value of [{ a: [1, null, 'x'] }, 'x', [], null])
    assert.equal(writeJson(value), JSON.stringify(value));
  assert.equal(writeJson(undefined), 'null');
  assert.equal(writeJson(deep(512)), '['.repeat(512) + ']'.repeat(512));
});

test('what is nested too deep to be written ends in null', () => {
  const written = JSON.parse(writeJson({ id: 'c', junk: deep(200_000), text: 'Rome' })) as object;
  assert.deepEqual({ ...written, junk: 0 }, { id: 'c', junk: 0, text: 'Rome' });
});
