import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRetired } from './retired.ts';
import { createScriptedUpstream } from './scripted/scripted.ts';
import { answers } from './scripted/scripted-reply.ts';
import type { Upstream } from './upstream.ts';

function closing(): { upstream: Upstream; closed: Promise<void>; isClosed(): boolean } {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  let isClosed = false;
  const close = (): Promise<void> => {
    isClosed = true;
    resolve();
    return Promise.resolve();
  };
  const scripted = createScriptedUpstream({ name: 'old', chat: answers('Fine.') });
  return { upstream: { ...scripted, close }, closed, isClosed: () => isClosed };
}

test('a retired upstream is closed when its patience is over', async () => {
  const { upstream, closed } = closing();
  createRetired().add([upstream], 1);
  // The timer keeps no process alive, so something else must.
  const alive = setInterval(() => {}, 1_000);
  await closed;
  clearInterval(alive);
});

test('at the end all of them are closed at once', async () => {
  const [one, other] = [closing(), closing()];
  const retired = createRetired();
  retired.add([one.upstream, other.upstream], 3_600_000);
  assert.equal(one.isClosed(), false);
  await retired.close();
  assert.deepEqual([one.isClosed(), other.isClosed()], [true, true]);
});
