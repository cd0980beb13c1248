import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createChance, type Chance } from '../../../test/made-traces.ts';
import { sigmoid } from '../../calibration/sigmoid.ts';
import { watchAudit, watchRequest, WATCH_START, type Alarm, type Watch } from './watch.ts';

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
  let watch: Watch = WATCH_START;
  for (let request = 0; request < most; request++) {
    const { accepted, mean } = request < from ? before : after;
    const step = watchRequest(
      watch,
      { confidence: sigmoid(mean + 1.5 * chance.normal()), accepted: chance.coin(accepted) },
      RUN_LENGTHS,
    );
    watch = step.watch;
    if (step.alarm !== undefined) return { requests: request + 1, alarm: step.alarm };
  }
  return { requests: most };
}

const seeds = Array.from({ length: 20 }, (_, seed) => seed + 1);
const USUAL = { accepted: 0.7, mean: 1.5 };

test('traffic that stays the same alarms in few of twenty runs of eight thousand requests', () => {
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
  let watch: Watch = WATCH_START;
  let alarm: Alarm | undefined;
  for (let request = 0; request < 1_200 && alarm === undefined; request++)
    ({ watch, alarm } = {
      alarm: undefined,
      ...watchRequest(watch, { accepted: chance.coin(request < 700 ? 0.8 : 0.5) }, RUN_LENGTHS),
    });
  assert.equal(alarm?.kind, 'accepted');
  assert.match(alarm?.message ?? '', /has fallen; it was (7\d|8\d) %/);
});

/** Certification audits until an alarm: losses of 1 and gains of 1 with these chances. */
function auditsUntilAlarm(
  chances: { loss: number; gain: number },
  { lossRate, most, seed }: { lossRate: number; most: number; seed: number },
): { audits: number; alarm?: Alarm; watch: Watch } {
  const chance: Chance = createChance(seed);
  let watch: Watch = WATCH_START;
  for (let audit = 0; audit < most; audit++) {
    const loss = chance.coin(chances.loss) ? 1 : chance.coin(chances.gain) ? -1 : 0;
    const step = watchAudit(watch, loss, { maxLoss: 0.05, lossRate, audits: RUN_LENGTHS.audits });
    watch = step.watch;
    if (step.alarm !== undefined) return { audits: audit + 1, alarm: step.alarm, watch };
  }
  return { audits: most, watch };
}

test('losses as they were certified alarm in few of twenty runs of three hundred audits', () => {
  const alarms = seeds.filter(
    (seed) =>
      auditsUntilAlarm({ loss: 0.05, gain: 0.03 }, { lossRate: 0.055, most: 300, seed }).alarm !== undefined,
  );
  assert.ok(alarms.length <= 4, `${alarms.length} of 20`);
});

test('losses four times as often are noticed within a hundred audits, more often than not within fifty', () => {
  const found = seeds.map(
    (seed) => auditsUntilAlarm({ loss: 0.22, gain: 0.02 }, { lossRate: 0.055, most: 400, seed }).audits,
  );
  const sorted = found.toSorted((a, b) => a - b);
  assert.ok((sorted[10] ?? NaN) <= 60, String(sorted));
  assert.ok((sorted[17] ?? NaN) <= 100, String(sorted));
});

test('that fewer answers are lost than usual is no alarm', () => {
  assert.equal(
    auditsUntilAlarm({ loss: 0, gain: 0 }, { lossRate: 0.3, most: 2_000, seed: 1 }).alarm,
    undefined,
  );
});

test('what cannot be told from what was certified, but is beyond the promise, is proven in the end', () => {
  const { alarm } = auditsUntilAlarm({ loss: 0.4, gain: 0.02 }, { lossRate: 0.4, most: 400, seed: 2 });
  assert.equal(alarm?.kind, 'loss');
});

test('it is known since how many audits losses have been more than usual', () => {
  let watch: Watch = WATCH_START;
  const audit = (loss: number): void => {
    ({ watch } = watchAudit(watch, loss, { maxLoss: 0.05, lossRate: 0.05, audits: 3_000 }));
  };
  for (let count = 0; count < 40; count++) audit(0);
  assert.equal(watch.lossRun, 0);
  audit(1);
  audit(0);
  audit(1);
  assert.equal(watch.lossRun, 3);
});
