import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { answers, failures, type Script, type ScriptedStep } from '../scripted/scripted-reply.ts';
import { requestWith, startUpstream } from '../testing.ts';
import { UpstreamError } from '../upstream.ts';

async function start(t: TestContext, chat: Script) {
  const { server, upstream } = await startUpstream(t, chat);
  return { server, call: (stream = false) => upstream.chat(requestWith({ stream })) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('a request that dies at once on a reused connection is sent again on another, and the caller never knows', async (t) => {
  const { server, call } = await start(t, [answers('first'), failures.dropped, answers('third')]);
  await call();
  await turn();
  const reply = await call();
  assert.match(reply.kind === 'whole' ? reply.text : '', /third/);
  assert.deepEqual(
    server.asked.map(({ connection }) => connection),
    [0, 0, 1],
  );
});

test('a server that closes its idle connections under the client loses no request', async (t) => {
  const { server, call } = await start(t, answers('hi'));
  for (let round = 0; round < 40; round += 1) {
    await call(round % 2 === 0);
    server.closeIdle();
    if (round % 3 === 0) await turn();
  }
  assert.equal(server.asked.length >= 40, true);
});

test('a restarted server’s pool of dead connections costs no call', async (t) => {
  const { server, call } = await start(t, answers('hi'));
  await Promise.all(Array.from({ length: 16 }, () => call()));
  await turn();
  server.closeIdle();
  await Promise.all(Array.from({ length: 16 }, () => call()));
});

test('a server that drops every request is asked a bounded number of times, and the failure is safe to repeat only where it was stale', async (t) => {
  const script: ScriptedStep[] = [answers('first'), failures.dropped];
  const { server, call } = await start(t, script);
  await call();
  await turn();
  await assert.rejects(
    call(),
    (error) =>
      error instanceof UpstreamError &&
      error.failure.code === 'upstream_unavailable' &&
      !error.failure.safeToRepeat,
  );
  // The reused connection, then a fresh one, whose death is not repeated.
  assert.equal(server.asked.length, 3);
});

test('a request that dies after its answer began is not sent again', async (t) => {
  const { server, call } = await start(t, [answers('first'), failures.cut]);
  await call();
  await turn();
  await assert.rejects(call(), UpstreamError);
  assert.equal(server.asked.length, 2);
});
