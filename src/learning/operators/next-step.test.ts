import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startLoop, type AuditedRow, type LoopState } from '../loop/loop.ts';
import { nextStep, perDay } from './next-step.ts';

const DAY = 86_400_000;
const NOW = 1_000 * DAY;

/** So many certification audits, spread over the days before now. */
function audits(count: number, days: number, cluster?: string): AuditedRow[] {
  return Array.from({ length: count }, (_, row) => ({
    row,
    atMs: NOW - days * DAY + ((row + 1) * days * DAY) / count,
    cluster: cluster ?? `${days} ${row}`,
    certifies: true,
    propensity: 0.25,
  }));
}

/** A candidate that waits since so many days for its only test. */
function waiting(days: number, look: { rows: number; least?: number }): LoopState {
  const candidate = { hash: 'abc', frozenAtMs: NOW - days * DAY, fitRows: 200, looks: [look], taken: 0 };
  return { ...startLoop(NOW - 100 * DAY), candidate };
}

test('a test that comes within weeks needs no word', () => {
  assert.deepEqual(nextStep(waiting(10, { rows: 330 }), audits(100, 10), NOW), {
    what: 'test',
    have: 100,
    needed: 330,
    inDays: 23,
  });
});

test('where fewer rows are of use, a test comes after a month at the latest that has so many', () => {
  const look = { rows: 330, least: 120 };
  const early = nextStep(waiting(10, look), audits(50, 10), NOW);
  assert.deepEqual([early.needed, early.inDays], [330, 20]);
  const late = nextStep(waiting(40, look), audits(100, 40), NOW);
  assert.deepEqual([late.needed, late.inDays, late.hint], [120, 8, undefined]);
  const slow = nextStep(waiting(10, look), audits(20, 10), NOW);
  assert.equal(slow.inDays, 50, 'a hundred more at two a day');
});

test('a test that takes months says so, and what helps', () => {
  const { inDays, hint, repeated } = nextStep(waiting(10, { rows: 330 }), audits(20, 10), NOW);
  assert.equal(inDays, 155);
  assert.equal(repeated, undefined);
  assert.match(hint ?? '', /Few requests are audited with a verdict: raise `auditRate`/);
});

test('where the same questions come again and again, no test comes, and it says why', () => {
  const before = audits(2, 30, 'hello').slice(0, 1);
  const rows = [...before, ...audits(60, 9, 'hello'), ...audits(2, 8)];
  const next = nextStep(waiting(10, { rows: 330 }), rows, NOW);
  assert.equal(next.have, 2);
  assert.equal(next.repeated, 60);
  assert.equal(next.inDays, undefined);
  assert.match(next.hint ?? '', /Most audits repeat a question .* `weir tune`/);
});

test('a candidate of yesterday is given its time', () => {
  assert.equal(nextStep(waiting(1, { rows: 330 }), [], NOW).hint, undefined);
  assert.match(nextStep(waiting(8, { rows: 330 }), [], NOW).hint ?? '', /Few requests/);
});

test('a fit for which nothing comes says so too, once learning has begun', () => {
  assert.equal(nextStep(undefined, [], NOW).hint, undefined);
  assert.equal(nextStep(startLoop(NOW - DAY), [], NOW).hint, undefined);
  assert.match(nextStep(startLoop(NOW - 8 * DAY), [], NOW).hint ?? '', /Few requests/);
  assert.match(nextStep(startLoop(NOW - 8 * DAY), audits(2, 8), NOW).hint ?? '', /Few requests/);
  assert.equal(nextStep(startLoop(NOW - 8 * DAY), audits(40, 8), NOW).hint, undefined);
});

test('where audits come and are no labels, it does not say to make more of them', () => {
  const why = 'Audits come, but nobody judges them: name a judge.';
  assert.equal(nextStep(startLoop(NOW - 8 * DAY), [], NOW, { withoutLabel: why }).hint, why);
  assert.equal(nextStep(startLoop(NOW - DAY), [], NOW, { withoutLabel: why }).hint, why);
  assert.equal(nextStep(waiting(8, { rows: 330 }), [], NOW, { withoutLabel: why }).hint, why);
});

test('where the budget of the day is spent, the rate is that of whole days: nothing more comes before midnight', () => {
  const now = NOW + DAY / 2;
  // Forty came within an hour of noon.
  const rows = audits(40, 1 / 24).map((row) => ({ ...row, atMs: row.atMs + DAY / 2 }));
  const fit = (isSpent: boolean) => nextStep(startLoop(NOW), rows, now, { isSpent }).inDays;
  assert.equal(fit(false)?.toFixed(3), (1 / 24).toFixed(3));
  assert.equal(fit(true), 1);
  const state = waiting(0, { rows: 100 });
  const frozenAtMs = now - DAY / 24;
  const candidate = { hash: 'abc', fitRows: 200, looks: [{ rows: 100 }], taken: 0, frozenAtMs };
  const since = (isSpent: boolean) => nextStep({ ...state, candidate }, rows, now, { isSpent }).inDays;
  assert.ok((since(false) ?? 1) < 0.1);
  assert.equal(since(true), 1.5);
});

test('the rate of whole days is that of the days since the first audit', () => {
  const rows = audits(90, 2.5);
  assert.equal(perDay(rows, NOW + 1, true), 90 / 4);
  assert.equal(perDay(rows, NOW, false), 90 / (2.5 - 2.5 / 90));
});
