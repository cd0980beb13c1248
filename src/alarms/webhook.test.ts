import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { alarmBody, type AlarmNews } from './alarm-news.ts';
import { keptLog, startReceiver } from './testing.ts';
import { createWebhook, type WebhookTarget } from './webhook.ts';

const news = (about: string, more: Partial<AlarmNews> = {}): AlarmNews => ({
  kind: 'upstream_down',
  about,
  message: `Tier '${about}' is left alone.`,
  startedAtMs: Date.UTC(2026, 2, 1, 12),
  ...more,
});

/** Sleeps are over when the test says so; they are listed. */
function start(t: TestContext, target: Partial<WebhookTarget> & { url: string }, standing = false) {
  const { log, logged } = keptLog();
  const results: string[] = [];
  const slept: number[] = [];
  let nowMs = 0;
  const webhook = createWebhook({
    target: { format: 'json', token: 'token-very-secret', ...target },
    place: 'alarms[0]',
    gateway: 'here:8787',
    log,
    onResult: (result) => results.push(result),
    now: () => nowMs,
    sleep: (ms, signal) => {
      slept.push(ms);
      nowMs += ms;
      if (!standing) return Promise.resolve();
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
    },
  });
  t.after(() => webhook.close(0));
  return { webhook, results, slept, logged };
}

test('a message has every field by its name, and the token', async (t) => {
  const receiver = await startReceiver(t);
  const { webhook, results } = start(t, receiver);
  webhook.tell(news('large'));
  await receiver.until(1);
  webhook.tell(news('large', { endedAtMs: Date.UTC(2026, 2, 1, 13) }));
  await webhook.close(5_000);
  assert.equal(receiver.received[0]?.headers.authorization, 'Bearer token-very-secret');
  assert.deepEqual(receiver.received[0]?.body, {
    version: 1,
    status: 'firing',
    kind: 'upstream_down',
    about: 'large',
    level: 'error',
    title: 'A server does not answer',
    message: "Tier 'large' is left alone.",
    startsAt: '2026-03-01T12:00:00.000Z',
    gateway: 'here:8787',
    docs: 'docs/alarms.md#upstream_down',
  });
  const { status, endsAt } = receiver.received[1]?.body ?? {};
  assert.deepEqual([status, endsAt], ['resolved', '2026-03-01T13:00:00.000Z']);
  assert.deepEqual(results, ['sent', 'sent']);
});

test('for Slack it is a text, in which no name can call everybody', () => {
  const body = alarmBody(news('<!channel>'), 'slack', 'here:8787');
  assert.deepEqual(JSON.parse(body), {
    text: "*Weir: A server does not answer*\nTier '&lt;!channel&gt;' is left alone.\nhere:8787, since 2026-03-01T12:00:00.000Z. What to do: docs/alarms.md#upstream_down",
  });
  const over = JSON.parse(alarmBody(news('a', { endedAtMs: 0 }), 'slack', 'g')) as { text: string };
  assert.match(over.text, /^\*Weir, over: /);
});

test('a receiver that fails is asked again with growing pauses, and said once', async (t) => {
  const receiver = await startReceiver(t, (response, messages) =>
    response.writeHead(messages < 4 ? 503 : 200, messages === 2 ? { 'retry-after': '7' } : {}).end(),
  );
  const { webhook, results, slept, logged } = start(t, receiver);
  webhook.tell(news('large'));
  await receiver.until(4);
  await webhook.close(5_000);
  assert.deepEqual(slept, [1_000, 7_000, 4_000]);
  assert.deepEqual(results, ['failed', 'failed', 'failed', 'sent']);
  assert.equal(logged.length, 1);
  assert.match(
    logged[0] ?? '',
    /^warn .*it answered 503.*The webhook of `alarms\[0\]` did not take an alarm/,
  );
});

test('a receiver that refuses a message, or points elsewhere, is not asked again', async (t) => {
  for (const status of [400, 401, 404, 307]) {
    const receiver = await startReceiver(t, (response) =>
      response.writeHead(status, { location: '/x' }).end(),
    );
    const { webhook, results, logged } = start(t, receiver);
    webhook.tell(news('large'));
    await receiver.until(1);
    await webhook.close(5_000);
    assert.equal(receiver.received.length, 1);
    assert.deepEqual(results, ['failed', 'dropped']);
    assert.match(logged[0] ?? '', new RegExp(`^error .*it answered ${status}.*did not reach the webhook`));
  }
});

test('a receiver that is not there is given up in the end, and neither address nor token is logged', async (t) => {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  const { webhook, results, logged, slept } = start(t, { url: `http://127.0.0.1:${port}/hook-very-secret` });
  webhook.tell(news('large'));
  while (!results.includes('dropped')) await new Promise(setImmediate);
  assert.equal(results.filter((result) => result === 'failed').length, 15);
  assert.equal(Math.max(...slept), 60_000);
  assert.equal(logged.length, 2);
  assert.match(logged.join('\n'), /ECONNREFUSED/);
  assert.doesNotMatch(logged.join('\n'), /very-secret|127\.0\.0\.1/);
});

test('of one alarm only the newest waits, and of too many the oldest is given up', async (t) => {
  const receiver = await startReceiver(t, (response) => response.writeHead(503).end());
  const { webhook, results } = start(t, receiver, true);
  webhook.tell(news('first'));
  await receiver.until(1);
  for (let number = 0; number < 98; number += 1) webhook.tell(news(`tier-${number}`));
  webhook.tell(news('last'));
  webhook.tell(news('last', { endedAtMs: 1 }));
  assert.ok(!results.includes('dropped'));
  webhook.tell(news('one-more'));
  assert.equal(results.filter((result) => result === 'dropped').length, 1);
});

test('a burst goes out at once, and what follows has to wait', async (t) => {
  const receiver = await startReceiver(t);
  const { webhook, slept } = start(t, receiver);
  for (let number = 0; number < 13; number += 1) webhook.tell(news(`tier-${number}`));
  await receiver.until(13);
  assert.deepEqual(slept, [6_000, 6_000, 6_000]);
  assert.deepEqual(
    receiver.received.map(({ body }) => body['about']),
    Array.from({ length: 13 }, (_, number) => `tier-${number}`),
  );
});

test('on closing, what waits is tried once more, and no longer than allowed', async (t) => {
  const receiver = await startReceiver(t, () => undefined);
  const { webhook, results } = start(t, receiver);
  webhook.tell(news('large'));
  webhook.tell(news('small'));
  await receiver.until(1);
  await webhook.close(10);
  assert.equal(results.filter((result) => result === 'dropped').length, 2);
});
