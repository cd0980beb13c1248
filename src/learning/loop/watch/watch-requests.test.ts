import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createChance } from '../../../../test/made-traces.ts';
import { sigmoid } from '../../../calibration/fit/sigmoid.ts';
import type { Alarm } from './alarm.ts';
import { watchRequest, DRIFT_WATCH_START, type DriftWatch } from './watch-requests.ts';

const RUN_LENGTHS = { requests: 60_000, audits: 3_000 };

interface Traffic {
  accepted: number;
  /** Of the logit of confidence. */
  mean: number;
}

/** Requests until an alarm, at most `most`; what comes of one traffic, then of another from request `from` on. */
function requestsUntilAlarm(
  before: Traffic,
  after: Traffic,
  { from, most, seed }: { from: number; most: number; seed: number },
): { requests: number; alarm?: Alarm } {
  const chance = createChance(seed);
  let watch: DriftWatch = DRIFT_WATCH_START;
  for (let request = 0; request < most; request++) {
    const { accepted, mean } = request < from ? before : after;
    const step = watchRequest(
      watch,
      { confidence: sigmoid(mean + 1.5 * chance.normal()), accepted: chance.coin(accepted) },
      RUN_LENGTHS,
      500,
    );
    watch = step.watch;
    if (step.alarm !== undefined) return { requests: request + 1, alarm: step.alarm };
  }
  return { requests: most };
}

const seeds = Array.from({ length: 20 }, (_, seed) => seed + 1);
const USUAL = { accepted: 0.7, mean: 1.5 };

test('unchanged traffic raises an alarm in few of twenty runs of eight thousand requests', () => {
  const alarms = seeds.filter(
    (seed) => requestsUntilAlarm(USUAL, USUAL, { from: 0, most: 8_000, seed }).alarm !== undefined,
  );
  assert.ok(alarms.length <= 5, `${alarms.length} of 20`);
});

test('less confidence, or fewer accepted answers, are noticed within five hundred requests', () => {
  for (const [after, kind] of [
    [{ ...USUAL, mean: 0.5 }, 'confidence'],
    [{ ...USUAL, mean: 2.5 }, 'confidence'],
    [{ ...USUAL, accepted: 0.45 }, 'accepted'],
    [{ ...USUAL, accepted: 0.92 }, 'accepted'],
  ] as const) {
    for (const seed of seeds.slice(0, 8)) {
      const { requests, alarm } = requestsUntilAlarm(USUAL, after, { from: 800, most: 1_300, seed });
      assert.equal(alarm?.kind, kind);
      assert.ok(requests > 800 && requests <= 1_300);
    }
  }
});

test('the first five hundred requests only teach what is usual', () => {
  const wild = { accepted: 0.02, mean: -3 };
  assert.equal(requestsUntilAlarm(USUAL, wild, { from: 250, most: 500, seed: 1 }).alarm, undefined);
});

test('without any confidence the share of accepted answers is watched alone', () => {
  const chance = createChance(3);
  let watch: DriftWatch = DRIFT_WATCH_START;
  let alarm: Alarm | undefined;
  for (let request = 0; request < 1_200 && alarm === undefined; request++)
    ({ watch, alarm } = {
      alarm: undefined,
      ...watchRequest(watch, { accepted: chance.coin(request < 700 ? 0.8 : 0.5) }, RUN_LENGTHS, 500),
    });
  assert.equal(alarm?.kind, 'accepted');
  assert.match(alarm?.message ?? '', /has fallen; it was (7\d|8\d) %/);
});

test('a share of all or nothing is watched on the side on which it can change', () => {
  const alarmOf = (before: number, after: number): string | undefined => {
    const same = { mean: USUAL.mean };
    const { alarm } = requestsUntilAlarm(
      { accepted: before, ...same },
      { accepted: after, ...same },
      { from: 800, most: 6_000, seed: 4 },
    );
    return alarm?.message;
  };
  assert.equal(alarmOf(0, 0), undefined);
  assert.equal(alarmOf(1, 1), undefined);
  assert.match(alarmOf(0, 0.3) ?? '', /has risen; it was 0 %/);
  assert.match(alarmOf(1, 0.7) ?? '', /has fallen; it was 100 %/);
});

test('a handful of confidences is too few to tell what is usual', () => {
  const chance = createChance(9);
  let watch: DriftWatch = DRIFT_WATCH_START;
  for (let request = 0; request < 3_000; request++) {
    const confidence = request < 500 && request % 10 > 0 ? undefined : sigmoid(request < 500 ? 2 : -2);
    const step = watchRequest(
      watch,
      { accepted: chance.coin(0.7), ...(confidence === undefined ? {} : { confidence }) },
      RUN_LENGTHS,
      500,
    );
    watch = step.watch;
    assert.equal(step.alarm, undefined);
  }
});
