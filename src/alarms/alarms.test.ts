import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAlarms } from './alarms.ts';
import { type AlarmReceiver, keptLog, startReceiver } from './testing.ts';

const lost = (about: string) => ({ kind: 'rows_lost', about, message: 'Rows are lost.' }) as const;

function centre() {
  const results: string[] = [];
  const alarms = createAlarms({
    log: keptLog().log,
    metrics: { alarm() {}, alarmDelivered: (result) => results.push(result) },
    now: Date.now,
    gateway: 'here:8787',
  });
  return { alarms, results };
}

const told = ({ received }: AlarmReceiver) => received.map(({ body }) => [body['about'], body['status']]);

test('a receiver that is replaced is told what waits, and the new one what is wrong already', async (context) => {
  const { alarms, results } = centre();
  const [old, next] = [await startReceiver(context), await startReceiver(context)];
  alarms.follow([{ url: old.url, format: 'json' }]);
  alarms.raise(lost('over'));
  alarms.resolve('rows_lost', 'over');
  alarms.raise(lost('before'));
  alarms.follow([{ url: next.url, format: 'json', token: 't' }]);
  await next.until(1);
  alarms.raise(lost('after'));
  await next.until(2);
  alarms.resolve('rows_lost', 'before');
  await Promise.all([old.until(2), next.until(3)]);
  await alarms.close(5_000);
  assert.deepEqual(told(old), [
    ['over', 'resolved'],
    ['before', 'firing'],
  ]);
  assert.deepEqual(told(next), [
    ['before', 'firing'],
    ['after', 'firing'],
    ['before', 'resolved'],
  ]);
  assert.deepEqual(new Set(results), new Set(['sent']));
});

test('a receiver that did not change is told nothing twice when another one comes', async (context) => {
  const { alarms } = centre();
  const [first, second] = [await startReceiver(context), await startReceiver(context)];
  alarms.follow([{ url: first.url, format: 'json' }]);
  alarms.raise(lost('before'));
  await first.until(1);
  alarms.follow([
    { url: first.url, format: 'json' },
    { url: second.url, format: 'json' },
  ]);
  await second.until(1);
  alarms.raise(lost('after'));
  await Promise.all([first.until(2), second.until(2)]);
  await alarms.close(5_000);
  for (const receiver of [first, second])
    assert.deepEqual(told(receiver), [
      ['before', 'firing'],
      ['after', 'firing'],
    ]);
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
