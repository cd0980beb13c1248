import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '../manual-clock.ts';
import { answers, refuses, streams, type ScriptedStep } from '../scripted/scripted-reply.ts';
import { createScriptedUpstream } from '../scripted/scripted.ts';
import { withBreaker } from './breaker.ts';

const broken = refuses(500, { message: 'the template takes no system message' });

/** A breaker that opens after three failures in a row, before a server that does as told. */
function start() {
  const clock = createManualClock();
  let step: ScriptedStep = broken;
  const inner = createScriptedUpstream({
    name: 'local',
    chat: (asked) => (typeof step === 'function' ? step(asked) : step),
  });
  const upstream = withBreaker(inner, { failures: 3, clock });
  return {
    clock,
    upstream,
    /** Asks once for each key, one after the other. */
    async ask(keys: string[], next: ScriptedStep, stream = false) {
      step = next;
      for (const keyId of keys) {
        const { signal } = new AbortController();
        await upstream
          .chat({ model: 'm', body: '{}', stream, requestId: 'r', keyId, signal })
          .then(async (reply) => reply.kind === 'stream' && (await Array.fromAsync(reply.events)))
          .catch(() => undefined);
      }
    },
    mayAsk: (keyId: string) => upstream.available('m', keyId),
  };
}

test('several keys that fail over and over never turn away one that is answered in between', async () => {
  const { clock, ask, mayAsk, upstream } = start();
  for (let round = 0; round < 20; round += 1) {
    await ask(['good'], answers('hi'), round % 2 === 0);
    for (let times = 0; times < 7; times += 1) await ask(['bad', 'worse'], broken);
    assert.deepEqual([mayAsk('good'), upstream.trouble('m')], [true, undefined]);
    clock.advance(20_000);
  }
});

test('a key that was answered says nothing of the server once it fails too, or has not been seen for half a minute', async () => {
  for (const leaves of [true, false]) {
    const { clock, ask, mayAsk } = start();
    await ask(['good'], answers('hi'));
    for (let times = 0; times < 4; times += 1) await ask(['bad', 'worse'], broken);
    assert.equal(mayAsk('good'), true);
    if (leaves) clock.advance(30_000);
    await ask([leaves ? 'worse' : 'good'], broken);
    assert.equal(mayAsk('another'), false);
  }
});

test('a stream that begins and breaks does not make its key one that is answered', async () => {
  const { ask, mayAsk } = start();
  await ask(['third'], streams(['1'], 'cut'), true);
  await ask(['one', 'other'], broken);
  assert.equal(mayAsk('third'), false);
});

test('of more keys than are remembered, the newest are', async () => {
  const { ask, mayAsk } = start();
  const many = Array.from({ length: 40 }, (_, key) => `key ${key}`);
  await ask(many, answers('hi'));
  await ask(many.slice(0, 39), broken);
  assert.equal(mayAsk('another'), true, 'the last one was answered');
  await ask(['key 39'], broken);
  assert.equal(mayAsk('another'), false);
});
