import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '../upstream/manual-clock.ts';
import { withRetry } from '../upstream/resilience/retry.ts';
import { createScriptedUpstream } from '../upstream/scripted/scripted.ts';
import { answers, refuses } from '../upstream/scripted/scripted-reply.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { decisionOf, withGateway, withSolved } from './testing.ts';
import { says, smallModel, sure } from '../upstream/scripted/testing.ts';

const busyFor = (seconds: string) => refuses(429, { message: 'slow down' }, { 'retry-after': seconds });

/** Retries by a clock that stands still: a pause that is waited for ends only when the test moves it. */
function patient(inner: Upstream) {
  const clock = createManualClock();
  return { clock, upstream: withRetry(inner, { retries: 2, clock, random: () => 0 }) };
}

test('a Retry-After of some seconds is not waited for where a later tier can be asked', async () => {
  const small = createScriptedUpstream({ name: 'local', chat: busyFor('5') });
  const { clock, upstream } = patient(small);
  await withGateway({ small: sure, large: answers('Rome.'), upstream }, async ({ chat }) => {
    const response = await chat({});
    assert.deepEqual(
      [response.headers.get('x-weir-tier'), response.headers.get('x-weir-decision'), clock.now()],
      ['large', 'fallback', 0],
    );
    assert.equal(small.asked.length, 1);
  });
});

test('one of a part of a second is', async () => {
  const small = createScriptedUpstream({ name: 'local', chat: [busyFor('0.4'), sure] });
  const { clock, upstream } = patient(small);
  await withGateway({ small: sure, large: answers('Rome.'), upstream }, async ({ chat }) => {
    const response = chat({});
    while (clock.pending() === 0) await new Promise(setImmediate);
    clock.advance(400);
    assert.equal((await response).headers.get('x-weir-tier'), 'small');
  });
});

test('with no later tier, some seconds are waited for', async () => {
  const small = createScriptedUpstream({ name: 'local', chat: [busyFor('5'), sure] });
  const { clock, upstream } = patient(small);
  await withGateway({ small: sure, upstream }, async ({ chat }) => {
    const response = chat({}, { 'x-weir-max-tier': 'small' });
    while (clock.pending() === 0) await new Promise(setImmediate);
    clock.advance(5_000);
    assert.equal((await response).headers.get('x-weir-tier'), 'small');
    assert.equal(small.asked.length, 2);
  });
});

test('nor is a paid signal waited for: it is decided without', async () => {
  const inner = createScriptedUpstream({
    name: 'local',
    chat: smallModel({ pTrue: busyFor('5'), verbalized: says(0.9) }),
  });
  const { clock, upstream } = patient(inner);
  await withSolved({}, { small: sure, large: answers('Rome.'), upstream }, async (gateway) => {
    const decision = await decisionOf(gateway, await gateway.chat({}));
    assert.deepEqual(decision.attempts.map(({ about, errorCode }) => [about, errorCode]).slice(0, 2), [
      [undefined, undefined],
      [0, 'upstream_rate_limited'],
    ]);
    assert.equal(clock.now(), 0);
  });
});

test('a server is told to hurry only where a later tier can answer instead', async () => {
  const small = createScriptedUpstream({ name: 'local', chat: sure });
  const hurried: (boolean | undefined)[] = [];
  const upstream: Upstream = {
    ...small,
    chat(request) {
      hurried.push(request.canGoOn);
      return small.chat(request);
    },
  };
  await withGateway({ small: sure, large: answers('Rome.'), upstream }, async ({ chat }) => {
    await chat({});
    await chat({}, { 'x-weir-max-tier': 'small' });
  });
  assert.deepEqual(hurried, [true, undefined]);
});
