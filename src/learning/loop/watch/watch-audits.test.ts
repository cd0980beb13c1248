import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createChance } from '../../../../test/made-traces.ts';
import { cusumDrift } from '../../../calibration/drift/drift.ts';
import type { Alarm } from './alarm.ts';
import { BAD_ODDS } from './answer-baseline.ts';
import { AUDIT_WATCH_START, watchAudit, type ObservedAudit, type AuditWatch } from './watch-audits.ts';

const RUN_LENGTHS = { audits: 3_000 };
const PROMISE = { maxLoss: 0.05 };

const seeds = Array.from({ length: 20 }, (_, seed) => seed + 1);

interface Found {
  audits: number;
  alarm?: Alarm & { audits: number };
}

/** Audits until an alarm, at most `most`; each as `next` tells. */
function auditsUntilAlarm(
  next: () => ObservedAudit,
  usual: { lossRate?: number; usual?: Record<string, { badShift: number; drift: number }> },
  most: number,
): Found {
  let watch: AuditWatch = AUDIT_WATCH_START;
  for (let audit = 0; audit < most; audit++) {
    const step = watchAudit(watch, next(), { ...PROMISE, ...usual }, RUN_LENGTHS);
    watch = step.watch;
    if (step.alarm !== undefined) return { audits: audit + 1, alarm: step.alarm };
  }
  return { audits: most };
}

/** Losses of 1 and gains of 1 with these chances. */
function losing(chances: { loss: number; gain: number }, seed: number): () => ObservedAudit {
  const chance = createChance(seed);
  return () => ({ loss: chance.coin(chances.loss) ? 1 : chance.coin(chances.gain) ? -1 : 0, answers: [] });
}

/** Answers that are as bad as their confidence says, at odds so many times as high; nothing is lost. */
function believing(
  odds: number,
  seed: number,
  grade: (bad: boolean) => number = Number,
): () => ObservedAudit {
  const chance = createChance(seed);
  return () => {
    const confidence = 0.5 + 0.49 * chance.uniform();
    const bad = (odds * (1 - confidence)) / (odds * (1 - confidence) + confidence);
    return { loss: 0, answers: [{ tier: 'small', confidence, score: 1 - grade(chance.coin(bad)) }] };
  };
}

/** Of confidences spread evenly from .5 to .99. */
const USUAL = {
  small: {
    badShift: 0,
    drift:
      Array.from({ length: 50 }, (_, index) => cusumDrift(0.01 + 0.01 * index, BAD_ODDS)).reduce(
        (sum, each) => sum + each,
      ) / 50,
  },
};

test('losses as in the certificate raise an alarm in few of twenty runs of three hundred audits', () => {
  const alarms = seeds.filter(
    (seed) =>
      auditsUntilAlarm(losing({ loss: 0.05, gain: 0.03 }, seed), { lossRate: 0.055 }, 300).alarm !==
      undefined,
  );
  assert.ok(alarms.length <= 4, `${alarms.length} of 20`);
});

test('losses four times as often are noticed within a hundred audits, more often than not within fifty', () => {
  const sorted = seeds
    .map(
      (seed) => auditsUntilAlarm(losing({ loss: 0.22, gain: 0.02 }, seed), { lossRate: 0.055 }, 400).audits,
    )
    .toSorted((a, b) => a - b);
  assert.ok((sorted[10] ?? NaN) <= 50, String(sorted));
  assert.ok((sorted[17] ?? NaN) <= 100, String(sorted));
});

test('fewer losses than usual raise no alarm', () => {
  assert.equal(auditsUntilAlarm(losing({ loss: 0, gain: 0 }, 1), { lossRate: 0.3 }, 2_000).alarm, undefined);
});

test('a loss above the promise that does not differ from the certified one is proven in the end', () => {
  const { alarm } = auditsUntilAlarm(losing({ loss: 0.4, gain: 0.02 }, 2), { lossRate: 0.4 }, 400);
  assert.equal(alarm?.kind, 'loss');
});

test('answers as good as their confidence says raise no alarm, nor do graded ones', () => {
  for (const grade of [Number, (bad: boolean): number => (bad ? 0.8 : 0.1)]) {
    const alarms = seeds.filter(
      (seed) => auditsUntilAlarm(believing(1, seed, grade), { usual: USUAL }, 300).alarm !== undefined,
    );
    assert.ok(alarms.length <= 4, `${alarms.length} of 20`);
  }
});

test('answers that become worse than their confidence are noticed by tier, before anything is lost', () => {
  const found = seeds.map((seed) => auditsUntilAlarm(believing(4, seed), { usual: USUAL }, 400));
  const sorted = found.map(({ audits }) => audits).toSorted((a, b) => a - b);
  assert.ok((sorted[10] ?? NaN) <= 50, String(sorted));
  assert.ok((sorted[17] ?? NaN) <= 100, String(sorted));
  for (const { alarm, audits } of found) {
    assert.equal(alarm?.kind, 'scores');
    assert.match(alarm.message, /answers of tier 'small' were worse than their confidence says/);
    assert.ok(alarm.audits > 0 && alarm.audits <= audits, 'it is known since how many audits');
  }
});

test('answers that become better raise no alarm, nor does a tier without a baseline', () => {
  assert.equal(auditsUntilAlarm(believing(0.2, 1), { usual: USUAL }, 1_000).alarm, undefined);
  assert.equal(auditsUntilAlarm(believing(9, 1), {}, 1_000).alarm, undefined);
});

test('an alarm tells for how many audits losses have been above usual', () => {
  let watch: AuditWatch = AUDIT_WATCH_START;
  const audit = (loss: number): void => {
    ({ watch } = watchAudit(watch, { loss, answers: [] }, { ...PROMISE, lossRate: 0.05 }, RUN_LENGTHS));
  };
  for (let count = 0; count < 40; count++) audit(0);
  assert.equal(watch.lossRate.audits, 0);
  audit(1);
  audit(0);
  audit(1);
  assert.equal(watch.lossRate.audits, 3);
});
