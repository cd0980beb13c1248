import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '../manual-clock.ts';
import type { ScriptedReply } from '../scripted/scripted-reply.ts';
import { createScriptedUpstream } from '../scripted/scripted.ts';
import { requestWith } from '../testing.ts';
import { UpstreamError } from '../upstream.ts';
import { withQueue, type QueueOptions } from './queue.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A server whose calls end one by one, the oldest first, and which says whose calls it got, in order. */
function start(options: Partial<QueueOptions> = {}) {
  const clock = createManualClock();
  const gates: (() => void)[] = [];
  const inner = createScriptedUpstream({
    name: 'local',
    chat: () =>
      new Promise<ScriptedReply>((resolve) => {
        gates.push(() => resolve({ headers: { 'content-type': 'application/json' }, body: ['{}'] }));
      }),
  });
  const begun: string[] = [];
  const counted = {
    ...inner,
    chat: (request: Parameters<typeof inner.chat>[0]) => {
      begun.push(request.keyId ?? '');
      return inner.chat(request);
    },
  };
  const upstream = withQueue(counted, {
    maxConcurrent: 8,
    maxQueue: 16,
    queueTimeoutMs: 60_000,
    clock,
    ...options,
  });
  const refused: string[] = [];
  const ask = async (keyId: string, times = 1): Promise<void> => {
    for (let time = 0; time < times; time += 1)
      void upstream.chat(requestWith({ keyId })).catch((error: unknown) => {
        assert.ok(error instanceof UpstreamError);
        refused.push(keyId);
      });
    await turn();
  };
  return {
    clock,
    upstream,
    begun,
    refused,
    ask,
    async end(calls = 1) {
      for (let call = 0; call < calls; call += 1) {
        gates.shift()?.();
        await turn();
      }
    },
  };
}

test('a key that is alone has every slot', async () => {
  const { ask, upstream, refused } = start();
  await ask('busy', 8);
  assert.deepEqual([upstream.load(), refused], [{ active: 8, waiting: 0 }, []]);
});

test('another key that comes has the next slots, until it has as many', async () => {
  const { ask, end, begun } = start({ maxConcurrent: 4 });
  await ask('busy', 20);
  await ask('other', 6);
  await end(6);
  assert.deepEqual(begun.slice(4), ['other', 'other', 'busy', 'busy', 'other', 'other']);
});

test('keys that wait have their turns one after the other, and a key its calls in order', async () => {
  const { ask, end, begun } = start({ maxConcurrent: 1 });
  await ask('a', 4);
  await ask('b', 2);
  await ask('c', 2);
  await end(8);
  assert.deepEqual(begun, ['a', 'a', 'b', 'c', 'a', 'b', 'c', 'a']);
});

test('a full queue has room for a key that has less in it: the last of the fullest key gives way', async () => {
  const { ask, end, refused, begun, upstream } = start();
  await ask('busy', 500);
  assert.equal(refused.length, 476);
  await ask('other', 3);
  assert.deepEqual(refused.slice(476), ['busy', 'busy', 'busy']);
  assert.equal(upstream.load().waiting, 16);
  await end(3);
  assert.deepEqual(begun.slice(8), ['other', 'other', 'other']);
});

test('a key gets no more of a full queue than the others have', async () => {
  const { ask, refused } = start({ maxConcurrent: 1, maxQueue: 4 });
  await ask('a', 5);
  await ask('b', 9);
  assert.deepEqual(
    [refused.filter((key) => key === 'a').length, refused.filter((key) => key === 'b').length],
    [2, 7],
  );
});

test('between its calls, a slot is kept for a key that comes again and again, but not for ever', async () => {
  const { ask, end, clock, begun, upstream } = start();
  await ask('other');
  await end();
  await ask('busy', 20);
  assert.deepEqual(upstream.load(), { active: 7, waiting: 13 });
  for (let time = 0; time < 5; time += 1) {
    await ask('other');
    assert.deepEqual([begun.at(-1), upstream.load().active], ['other', 8]);
    await end();
    // The oldest call that ended was the busy key's, whose next one took its place; end the other's too.
    while (upstream.load().active > 7) await end();
    assert.equal(upstream.load().active, 7);
    await ask('busy', 8);
  }
  clock.advance(30_000);
  await end();
  clock.advance(30_000);
  await ask('busy');
  assert.equal(upstream.load().active, 8);
});

test('no more than a quarter is kept, and none of a few slots', async () => {
  const many = start();
  await many.ask('other', 8);
  await many.end(8);
  await many.ask('busy', 20);
  assert.equal(many.upstream.load().active, 6);
  const few = start({ maxConcurrent: 3 });
  await few.ask('other');
  await few.end();
  await few.ask('busy', 9);
  assert.equal(few.upstream.load().active, 3);
});

test('a client beside a key with five hundred streams is never refused, and is served next', async () => {
  const { ask, end, refused, begun } = start({ maxConcurrent: 32, maxQueue: 64 });
  await ask('busy', 500);
  for (let time = 0; time < 77; time += 1) {
    await ask('other');
    await ask('busy', 3);
    const before = begun.filter((key) => key === 'other').length;
    if (before === time) await end();
    assert.equal(begun.filter((key) => key === 'other').length, time + 1);
    await end(2);
  }
  assert.deepEqual(
    refused.filter((key) => key === 'other'),
    [],
  );
});

/** Every answer takes a second, on a clock that is moved by hand. @returns what each of a client's requests took, in milliseconds. */
async function waitsBeside(streams: number): Promise<{ took: number[]; refused: number }> {
  const clock = createManualClock();
  const inner = createScriptedUpstream({
    name: 'local',
    chat: () =>
      new Promise<ScriptedReply>((resolve) => {
        clock.after(1_000, () => resolve({ headers: { 'content-type': 'application/json' }, body: ['{}'] }));
      }),
  });
  const upstream = withQueue(inner, { maxConcurrent: 32, maxQueue: 64, queueTimeoutMs: 10_000, clock });
  const pause = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve));
  let over = false;
  const ask = (keyId: string): Promise<boolean> =>
    upstream.chat(requestWith({ keyId })).then(
      () => true,
      () => false,
    );
  const busy = async (stream: number): Promise<void> => {
    // They do not begin together.
    await pause((stream * 37) % 1_000);
    while (!over) if (!(await ask('busy'))) await pause(1_000);
  };
  for (let stream = 0; stream < streams; stream += 1) void busy(stream);
  const took: number[] = [];
  let refused = 0;
  const client = async (): Promise<void> => {
    await pause(3_000);
    for (let request = 0; request < 77; request += 1) {
      const began = clock.now();
      if (await ask('client')) took.push(clock.now() - began);
      else refused += 1;
      await pause((request * 71) % 400);
    }
    over = true;
  };
  const done = client();
  while (!over) {
    clock.advance(10);
    await turn();
  }
  await done;
  return { took: took.toSorted((a, b) => a - b), refused };
}

test('beside five hundred streams of another key, a client waits at most twice as long as alone, and is not refused', async () => {
  const [alone, beside] = [await waitsBeside(0), await waitsBeside(500)];
  const p99 = ({ took }: { took: number[] }): number => took[Math.ceil(0.99 * took.length) - 1] ?? Infinity;
  assert.equal(p99(alone), 1_000);
  assert.equal(beside.refused, 0);
  assert.ok(p99(beside) <= 2 * p99(alone), String(p99(beside)));
  const [median = Infinity] = beside.took.slice(38);
  assert.ok(median <= 1.05 * p99(alone), String(median));
});
