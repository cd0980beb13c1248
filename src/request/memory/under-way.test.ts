import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createUnderWay } from './under-way.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));
/** Longer than any test may take. */
const NEVER_MS = 600_000;

test('with nothing under way, the end is there', async () => {
  await createUnderWay().ended(NEVER_MS);
});

test('the end waits for all that is under way, failures and what begins meanwhile included', async () => {
  const underWay = createUnderWay();
  const [first, second, third] = [
    Promise.withResolvers<string>(),
    Promise.withResolvers<string>(),
    Promise.withResolvers<string>(),
  ];
  const firstAdded = underWay.add(first.promise);
  assert.equal(firstAdded, first.promise);
  underWay.add(second.promise).catch(() => undefined);
  let over = false;
  const ended = underWay.ended(NEVER_MS).then(() => {
    over = true;
  });
  underWay.add(third.promise).catch(() => undefined);
  first.resolve('served');
  await turn();
  assert.equal(over, false);
  second.reject(new Error('broken'));
  await turn();
  assert.equal(over, false, 'the third began while the end was waited for');
  third.resolve('served');
  await ended;
});

test('what does not end is waited for no longer than the deadline', async () => {
  const underWay = createUnderWay();
  void underWay.add(new Promise(() => undefined));
  await underWay.ended(1);
});
