import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createChance } from '../../../../test/made-traces.ts';
import type { AuditedRow } from '../audited-row.ts';
import { testAudits, testSettings } from '../testing.ts';
import {
  isMostlyUnknown,
  mostUnjudged,
  RECOVERY_AUDITS,
  UNJUDGED_START,
  unjudgedWords,
  watchVerdicts,
  withSpan,
  type UnjudgedWatch,
} from './unjudged.ts';

const PROMISE = { maxQualityLoss: 0.05 };
const RUN = { audits: 3_000 };

/** Due audits until the watch changes, at most `most`. */
function untilChange(watch: UnjudgedWatch, isUnjudged: (audit: number) => boolean, most: number) {
  let now = watch;
  for (let audit = 0; audit < most; audit++) {
    const step = watchVerdicts(now, isUnjudged(audit), PROMISE, RUN);
    now = step.watch;
    if (step.change !== undefined) return { audits: audit + 1, change: step.change, now };
  }
  return { audits: most, now };
}

test('half of the promised loss may be without a verdict, and never more than a twentieth', () => {
  assert.equal(mostUnjudged({ maxQualityLoss: 0.02 }), 0.01);
  assert.equal(mostUnjudged({ maxQualityLoss: 0.3 }), 0.05);
  assert.equal(isMostlyUnknown(1, 40, PROMISE), false, 'one is bad luck');
  assert.equal(isMostlyUnknown(2, 40, PROMISE), true);
  assert.equal(isMostlyUnknown(8, 330, PROMISE), false);
  assert.equal(isMostlyUnknown(9, 330, PROMISE), true);
});

test('a judge that died is noticed after a few audits, and one that fails on every tenth after some dozens', () => {
  assert.deepEqual(
    untilChange(UNJUDGED_START, () => true, 100),
    {
      ...untilChange(UNJUDGED_START, () => true, 100),
      audits: 5,
      change: 'began',
    },
  );
  const delays = Array.from({ length: 20 }, (_, seed) => {
    const chance = createChance(seed);
    return untilChange(UNJUDGED_START, () => chance.coin(0.1), 2_000).audits;
  }).toSorted((a, b) => a - b);
  assert.ok((delays[10] ?? Infinity) < 120, delays.join());
});

test('an audit without a verdict now and then lapses nothing', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const chance = createChance(seed);
    const { change } = untilChange(UNJUDGED_START, () => chance.coin(0.005), 3_000);
    assert.equal(change, undefined);
  }
});

test('it ends after enough due audits with a verdict, and those before do not help', () => {
  const began = withSpan(UNJUDGED_START, 'The judge is away', 0);
  const good = untilChange(began, () => false, 100);
  assert.deepEqual([good.audits, good.change, good.now], [RECOVERY_AUDITS, 'ended', UNJUDGED_START]);
  assert.equal(untilChange(began, (audit) => audit === 10, 100).audits, RECOVERY_AUDITS, 'one is bad luck');
  const twice = untilChange(began, (audit) => audit === 10 || audit === 50, 200);
  assert.equal(twice.audits, 51 + RECOVERY_AUDITS, 'it counts anew after the second');
  assert.equal(untilChange(began, (audit) => audit % 20 === 0, 2_000).change, undefined);
});

test('what is told names the judge, and what to mend', () => {
  const rows = testAudits(6).map((row, index): AuditedRow =>
    index < 2 ? row : { ...row, lacks: 'verdict', problem: `The judge failed (${index}).` },
  );
  const judge = { model: 'umpire', prompt: '' };
  const { why, mend } = unjudgedWords(rows, testSettings({ judge }));
  assert.equal(
    why,
    "4 of the last 6 due audits got no verdict from the judge 'umpire', and at most 5 % may be without a verdict",
  );
  assert.match(mend, /^Mend the judge 'umpire': .* The newest of them says: The judge failed \(5\)\.$/);
  const dropped = rows.map((row): AuditedRow => ({
    ...row,
    lacks: 'answer',
    problem: 'Too many audits waited.',
  }));
  assert.match(unjudgedWords(dropped, testSettings()).why, /^6 of the last 6 due audits were dropped, or /);
  assert.match(unjudgedWords(dropped, testSettings()).mend, /maxConcurrent.* Too many audits waited\.$/);
  const free = rows.map((row): AuditedRow => ({ ...row, lacks: 'cost' }));
  assert.match(unjudgedWords(free, testSettings()).mend, /price/);
});
