import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAlarms } from './alarms.ts';
import { keptLog, startReceiver } from './testing.ts';

const lost = (about: string) => ({ kind: 'rows_lost', about, message: 'Rows are lost.' }) as const;

test('receivers are replaced as a whole: the old ones are told what waits, and nothing new', async (context) => {
  const { log } = keptLog();
  const results: string[] = [];
  const alarms = createAlarms({
    log,
    metrics: { alarm() {}, alarmDelivered: (result) => results.push(result) },
    now: Date.now,
    gateway: 'here:8787',
  });
  const [old, next] = [await startReceiver(context), await startReceiver(context)];
  alarms.follow([{ url: old.url, format: 'json' }]);
  alarms.raise(lost('before'));
  alarms.follow([{ url: next.url, format: 'json', token: 't' }]);
  alarms.follow([{ url: next.url, format: 'json', token: 't' }]);
  alarms.raise(lost('after'));
  alarms.resolve('rows_lost', 'before');
  await Promise.all([old.until(1), next.until(2)]);
  await alarms.close(5_000);
  assert.deepEqual(
    old.received.map(({ body }) => body['about']),
    ['before'],
  );
  assert.deepEqual(
    next.received.map(({ body }) => [body['about'], body['status']]),
    [
      ['after', 'firing'],
      ['before', 'resolved'],
    ],
  );
  assert.deepEqual(results, ['sent', 'sent', 'sent']);
});

test('nobody has to be told: alarms are there without receivers', async () => {
  const { log, logged } = keptLog();
  const alarms = createAlarms({
    log,
    metrics: { alarm() {}, alarmDelivered() {} },
    now: Date.now,
    gateway: 'here:8787',
  });
  alarms.raise(lost('queue_full'));
  assert.deepEqual(alarms.active(), [lost('queue_full')]);
  assert.equal(logged.length, 1);
  await alarms.close(0);
});
