import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startLoop, type AuditedRow, type LoopState } from '../loop/loop.ts';
import { awaitedStep, labelsPerDay } from './awaited-step.ts';

const DAY = 86_400_000;
const NOW = 1_000 * DAY;

/** Numbers in the order of time. */
const numberOf = (atMs: number): number => Math.round(atMs / 1_000);

/** `count` certification audits, spread over the days before now. */
function audits(count: number, days: number, cluster?: string): AuditedRow[] {
  return Array.from({ length: count }, (_, row) => ({
    number: numberOf(NOW - days * DAY + ((row + 1) * days * DAY) / count),
    row,
    atMs: NOW - days * DAY + ((row + 1) * days * DAY) / count,
    cluster: cluster ?? `${days} ${row}`,
    certifies: true,
    propensity: 0.25,
  }));
}

/** A candidate that has waited this many days for its only test. */
function waiting(days: number, look: { rows: number; least?: number }): LoopState {
  const candidate = {
    hash: 'abc',
    frozenAtMs: NOW - days * DAY,
    after: numberOf(NOW - days * DAY),
    fitRows: 200,
    looks: [look],
    taken: 0,
  };
  return { ...startLoop(NOW - 100 * DAY), candidate };
}

test('a test that is due within weeks gets no hint', () => {
  assert.deepEqual(awaitedStep(waiting(10, { rows: 330 }), audits(100, 10), NOW), {
    what: 'test',
    have: 100,
    needed: 330,
    inDays: 23,
  });
});

test('where fewer labels are enough for a test, it is due after a month at the latest once they are there', () => {
  const look = { rows: 330, least: 120 };
  const early = awaitedStep(waiting(10, look), audits(50, 10), NOW);
  assert.deepEqual([early.needed, early.inDays], [330, 20]);
  const late = awaitedStep(waiting(40, look), audits(100, 40), NOW);
  assert.deepEqual([late.needed, late.inDays, late.hint], [120, 8, undefined]);
  const slow = awaitedStep(waiting(10, look), audits(20, 10), NOW);
  assert.equal(slow.inDays, 50, 'a hundred more at two a day');
});

test('a test that takes months gets a hint what to do', () => {
  const { inDays, hint, repeated } = awaitedStep(waiting(10, { rows: 330 }), audits(20, 10), NOW);
  assert.equal(inDays, 155);
  assert.equal(repeated, undefined);
  assert.match(hint ?? '', /Few requests are audited and get a verdict\. Raise `auditRate`/);
});

test('where the same questions are asked again and again, no test is due, and the hint says why', () => {
  const before = audits(2, 30, 'hello').slice(0, 1);
  const rows = [...before, ...audits(60, 9, 'hello'), ...audits(2, 8)];
  const next = awaitedStep(waiting(10, { rows: 330 }), rows, NOW);
  assert.equal(next.have, 2);
  assert.equal(next.repeated, 60);
  assert.equal(next.inDays, undefined);
  assert.match(next.hint ?? '', /Most audits repeat an earlier question .* `npm run -s weir -- tune FILE`/);
});

test('a candidate of yesterday gets no hint yet', () => {
  assert.equal(awaitedStep(waiting(1, { rows: 330 }), [], NOW).hint, undefined);
  assert.match(awaitedStep(waiting(8, { rows: 330 }), [], NOW).hint ?? '', /Few requests/);
});

test('a fit that gets no labels has a hint too, a week after learning began', () => {
  assert.equal(awaitedStep(undefined, [], NOW).hint, undefined);
  assert.equal(awaitedStep(startLoop(NOW - DAY), [], NOW).hint, undefined);
  assert.match(awaitedStep(startLoop(NOW - 8 * DAY), [], NOW).hint ?? '', /Few requests/);
  assert.match(awaitedStep(startLoop(NOW - 8 * DAY), audits(2, 8), NOW).hint ?? '', /Few requests/);
  assert.equal(awaitedStep(startLoop(NOW - 8 * DAY), audits(40, 8), NOW).hint, undefined);
});

test('where most audits are no labels, the hint does not ask for more audits', () => {
  const why = 'Most audits get no verdict. Name a judge.';
  assert.equal(awaitedStep(startLoop(NOW - 8 * DAY), [], NOW, { withoutLabel: why }).hint, why);
  assert.equal(awaitedStep(startLoop(NOW - DAY), [], NOW, { withoutLabel: why }).hint, why);
  assert.equal(awaitedStep(waiting(8, { rows: 330 }), [], NOW, { withoutLabel: why }).hint, why);
});

test('where the budget of the day is spent, the rate is per whole day, because no more audits are made before midnight', () => {
  const now = NOW + DAY / 2;
  // Forty came within an hour of noon.
  const rows = audits(40, 1 / 24).map((row) => ({ ...row, atMs: row.atMs + DAY / 2 }));
  const fit = (isSpent: boolean) => awaitedStep(startLoop(NOW), rows, now, { isSpent }).inDays;
  assert.equal(fit(false)?.toFixed(3), (4 / 24).toFixed(3));
  assert.equal(fit(true), 4);
  const state = waiting(0, { rows: 100 });
  const frozenAtMs = now - DAY / 24;
  const candidate = { hash: 'abc', fitRows: 200, looks: [{ rows: 100 }], taken: 0, frozenAtMs, after: 0 };
  const since = (isSpent: boolean) => awaitedStep({ ...state, candidate }, rows, now, { isSpent }).inDays;
  assert.ok((since(false) ?? 1) < 0.1);
  assert.equal(since(true), 1.5);
});

test('a rate per whole day counts from the day of the first audit', () => {
  const rows = audits(90, 2.5);
  assert.equal(labelsPerDay(rows, NOW + 1, true), 90 / 4);
  assert.equal(labelsPerDay(rows, NOW, false), 90 / (2.5 - 2.5 / 90));
});
