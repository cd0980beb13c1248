import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VERDICT_GRACE_MS, type AuditedRow } from '../loop/loop.ts';
import { testAudits, testTable } from '../loop/testing.ts';
import { createAuditSequence } from './audit-sequence.ts';
import type { LaidAudit } from './audited-traces.ts';

const table = testTable({ rows: 10 });
const MADE_MS = 1_000_000;

function laid(changes: (row: AuditedRow) => Partial<LaidAudit> = () => ({})): LaidAudit[] {
  return testAudits(4).map((row) => ({
    number: row.number,
    madeAtMs: MADE_MS * row.number,
    answers: [],
    row,
    later: [],
    ...changes(row),
  }));
}

const sequenceOf = (audits: LaidAudit[], options: { after?: number; nowMs?: number } = {}) =>
  createAuditSequence({ table, audits }, { after: 0, nowMs: 10 * MADE_MS, hasMore: false, ...options });

test('audits come one after the other, with what was known by then', () => {
  const sequence = sequenceOf(laid(), { after: 2 });
  assert.deepEqual([sequence.history().upTo, sequence.history().rows.length], [2, 2]);
  assert.deepEqual([sequence.next()?.number, sequence.next()?.madeByMs], [3, 3 * MADE_MS]);
  sequence.take();
  assert.deepEqual([sequence.history().upTo, sequence.history().nowMs], [3, 3 * MADE_MS]);
  sequence.take();
  assert.equal(sequence.next(), undefined);
  sequence.take();
  assert.equal(sequence.history().rows.length, 4);
});

test('an audit whose verdict is awaited waits for an hour, and for what is written a little late', () => {
  const openUntilMs = MADE_MS + VERDICT_GRACE_MS;
  const open = laid((row) =>
    row.number === 1 ? { row: { ...row, row: -1, lacks: 'verdict', openUntilMs } } : {},
  );
  const settledAt = (nowMs: number) => sequenceOf(open, { nowMs }).next()?.isSettled;
  assert.deepEqual([settledAt(openUntilMs + 59_999), settledAt(openUntilMs + 60_000)], [false, true]);
});

test('a verdict that comes after an audit is settled counts from the first audit that was made a minute later', () => {
  const corrected = laid((row) =>
    row.number === 1 ? { later: [{ fromMs: 3 * MADE_MS - 60_000, row: { ...row, row: 9 } }] } : {},
  );
  const sequence = sequenceOf(corrected);
  const first = () => sequence.history().rows[0]?.row;
  const seen = corrected.map(() => {
    sequence.take();
    return first();
  });
  assert.deepEqual(seen, [0, 0, 9, 9]);
  assert.equal(sequence.changes(), 5, 'four audits and a verdict');
  assert.equal(sequenceOf(corrected, { after: 3 }).history().rows[0]?.row, 9, 'also after a restart');
});

test('a clock that is far ahead when an audit is made makes no later audit late', () => {
  const sequence = sequenceOf(laid(({ number }) => (number === 2 ? { madeAtMs: 1e15 } : {})));
  sequence.take();
  sequence.take();
  assert.equal(sequence.history().nowMs, MADE_MS);
  sequence.take();
  assert.equal(sequence.history().nowMs, 3 * MADE_MS);
});
