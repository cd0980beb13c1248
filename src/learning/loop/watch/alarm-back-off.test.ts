import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createChance } from '../../../../test/made-traces.ts';
import { sigmoid } from '../../../calibration/fit/sigmoid.ts';
import { recordAlarm, baselineRequests } from './alarm-back-off.ts';
import { watchRequest, DRIFT_WATCH_START } from './watch-requests.ts';

const DAY_MS = 86_400_000;

test('the first alarm changes nothing; each further one within thirty days doubles the requests to learn from', () => {
  const rang = [0, 1, 2, 3].map((day) => day * DAY_MS);
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((count) => baselineRequests(rang.slice(0, count), 4 * DAY_MS)),
    [500, 500, 1_000, 2_000, 4_000],
  );
  assert.equal(baselineRequests(rang, 31.5 * DAY_MS), 1_000, 'two are forgotten');
  assert.equal(
    baselineRequests(
      Array.from({ length: 40 }, () => 0),
      1,
    ),
    32_000,
  );
});

test('only alarms that count are kept', () => {
  assert.deepEqual(recordAlarm([0, 5 * DAY_MS], 31 * DAY_MS), [5 * DAY_MS, 31 * DAY_MS]);
});

test('traffic that alternates by day and night alarms less and less often', () => {
  const chance = createChance(5);
  const msPerRequest = DAY_MS / 2_000;
  let watch = DRIFT_WATCH_START;
  let rang: number[] = [];
  const byWeek = [0, 0, 0, 0];
  for (let request = 0; request < 4 * 14_000; request++) {
    const isNight = request % 2_000 >= 1_000;
    const atMs = request * msPerRequest;
    const seen = {
      accepted: chance.coin(isNight ? 0.4 : 0.8),
      confidence: sigmoid((isNight ? 0 : 1.5) + 1.5 * chance.normal()),
    };
    const step = watchRequest(watch, seen, { requests: 60_000 }, baselineRequests(rang, atMs));
    watch = step.watch;
    if (step.alarm === undefined) continue;
    watch = DRIFT_WATCH_START;
    rang = recordAlarm(rang, atMs);
    const week = Math.floor(atMs / (7 * DAY_MS));
    byWeek[week] = (byWeek[week] ?? 0) + 1;
  }
  assert.ok(rang.length >= 1 && rang.length <= 8, String(byWeek));
  assert.ok((byWeek[3] ?? 0) <= 1, String(byWeek));
});
