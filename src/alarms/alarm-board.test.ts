import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlarmKind } from '../telemetry/alarms.ts';
import { createAlarmBoard } from './alarm-board.ts';
import type { AlarmNews } from './alarm-news.ts';
import { keptLog } from './testing.ts';

function start() {
  const told: AlarmNews[] = [];
  const counted: AlarmKind[] = [];
  const { log, logged } = keptLog();
  let nowMs = 1_000;
  const board = createAlarmBoard({
    log,
    metrics: { alarm: (kind) => counted.push(kind) },
    now: () => nowMs,
    tell: (news) => told.push(news),
  });
  return { board, told, counted, logged, pass: (ms: number) => (nowMs += ms) };
}

const down = { kind: 'upstream_down', about: 'large', message: 'It is down.' } as const;
const lost = { kind: 'rows_lost', about: 'queue_full', message: 'Rows are lost.' } as const;

test('an alarm that is raised again and again is logged, counted and told once', () => {
  const { board, told, counted, logged } = start();
  for (let times = 0; times < 100; times += 1) board.raise(down);
  assert.deepEqual(told, [{ ...down, startedAtMs: 1_000 }]);
  assert.deepEqual(counted, ['upstream_down']);
  assert.deepEqual(logged, ['error {"alarm":"upstream_down"} It is down.']);
  assert.deepEqual(board.active(), [down]);
});

test('the same kind of something else is another alarm', () => {
  const { board, told } = start();
  board.raise(down);
  board.raise({ ...down, about: 'small' });
  assert.equal(told.length, 2);
});

test('an alarm that is over is told once more, with when it ended, and may come again', () => {
  const { board, told, logged, pass } = start();
  board.raise(down);
  board.raise({ ...down, message: 'It is still down.' });
  pass(60_000);
  board.resolve('upstream_down', 'large');
  board.resolve('upstream_down', 'large');
  assert.deepEqual(told.slice(1), [
    { ...down, message: 'It is still down.', startedAtMs: 1_000, endedAtMs: 61_000 },
  ]);
  assert.match(logged[1] ?? '', /^info .*An alarm is over: It is still down\.$/);
  assert.deepEqual(board.active(), []);
  board.raise(down);
  assert.equal(told.length, 3);
});

test('what nobody ends is over when it has been quiet for a while', () => {
  const { board, told, pass } = start();
  board.raise(lost);
  board.raise(down);
  pass(599_999);
  board.raise(lost);
  pass(599_999);
  board.sweep();
  assert.equal(told.length, 2);
  pass(1);
  board.sweep();
  assert.deepEqual(told[2]?.kind, 'rows_lost');
  assert.deepEqual(board.active(), [down]);
});
