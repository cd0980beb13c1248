import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOneKeysErrors } from './one-keys-errors.ts';

function errorsAt() {
  const clock = { now: 0 };
  return { clock, ...createOneKeysErrors(() => clock.now) };
}

test("a key's errors are its own while another key is answered, and no other key has any", () => {
  const { answered, failed } = errorsAt();
  answered('two');
  for (let round = 0; round < 10; round += 1) assert.equal(failed('one'), true);
});

test('errors of more than one key are those of the server, whoever was answered before', () => {
  const { answered, failed } = errorsAt();
  answered('three');
  assert.equal(failed('one'), true);
  assert.equal(failed('two'), false);
  assert.equal(failed('one'), false);
});

test('where nobody else was answered lately the server is to blame', () => {
  const { clock, answered, failed } = errorsAt();
  assert.equal(failed('one'), false);
  answered('one');
  assert.equal(failed('one'), false);
  answered('two');
  clock.now = 60_000;
  assert.equal(failed('one'), false);
});

test('without keys every error is the server’s', () => {
  const { answered, failed } = errorsAt();
  answered('');
  assert.equal(failed(''), false);
});
