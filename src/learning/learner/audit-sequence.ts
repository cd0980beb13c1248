import type { AuditHistory, AuditedRow } from '../loop/loop.ts';
import { createMeasureVersion, isSettled } from '../loop/loop.ts';
import { LATE_MS, type AuditTable, type LaidAudit } from './audited-traces.ts';

/** An audit that is the next to be observed. */
export interface NextAudit extends Pick<LaidAudit, 'number' | 'answers' | 'row'> {
  /** When the audits up to this one had been made. */
  madeByMs: number;
  /** While a verdict is awaited, this audit holds up those after it. */
  isSettled: boolean;
}

/**
 * A route's audits in the order of their numbers, with what was known when each of them was made. What is learned at a place of
 * this sequence is learned there however late somebody looks.
 */
export interface AuditSequence {
  /** The first audit that was not taken; absent at the end. */
  next(): NextAudit | undefined;
  /** Goes on by one audit. */
  take(): void;
  /** All that is known at this place. Its rows are changed by `take`. */
  history(): AuditHistory;
  /** After its end there are audits that were not read yet. */
  hasMore: boolean;
  /** How many audits came so far and how many were changed by a verdict: what the loop waits for does not happen without. */
  changes(): number;
}

/** A clock that was ahead by more than this when an audit was made says nothing. */
const AHEAD_MS = 3_600_000;

/** @param after the audit up to which all has been observed. */
export function createAuditSequence(
  { table, audits }: AuditTable,
  { after, hasMore, nowMs }: { after: number; hasMore: boolean; nowMs: number },
): AuditSequence {
  const measure = createMeasureVersion(table);
  const rows: AuditedRow[] = [];
  /** Where each audit's row is among them. */
  const places = new Map<number, number>();
  const late = audits
    .flatMap(({ later }) => later)
    .toSorted((a, b) => a.fromMs - b.fromMs || a.row.number - b.row.number);
  /** Those of them that count already, but for audits that come later. */
  let early: typeof late = [];
  let given = 0;
  let [position, madeByMs, upTo, changes] = [0, 0, 0, 0];

  const byThen = ({ madeAtMs }: LaidAudit): number =>
    madeAtMs > nowMs + AHEAD_MS ? madeByMs : Math.max(madeByMs, madeAtMs);

  /** Verdicts that had been written when the audit at this place was made count from here on. */
  function applyLate(): void {
    const due = early;
    early = [];
    for (
      let next = late[given];
      next !== undefined && next.fromMs <= madeByMs - LATE_MS;
      next = late[given]
    ) {
      due.push(next);
      given += 1;
    }
    for (const reading of due) {
      const place = places.get(reading.row.number);
      if (place === undefined) {
        early.push(reading);
        continue;
      }
      rows[place] = reading.row;
      changes += 1;
    }
  }

  function take(): void {
    const audit = audits[position];
    if (audit === undefined) return;
    madeByMs = byThen(audit);
    applyLate();
    if (audit.row !== undefined) {
      places.set(audit.number, rows.length);
      rows.push(audit.row);
    }
    upTo = audit.number;
    changes += 1;
    position += 1;
  }

  while ((audits[position]?.number ?? Infinity) <= after) take();
  return {
    next() {
      const audit = audits[position];
      if (audit === undefined) return undefined;
      const { number, answers, row } = audit;
      return {
        number,
        answers,
        ...(row === undefined ? {} : { row }),
        madeByMs: byThen(audit),
        isSettled: row === undefined || isSettled(row, nowMs - LATE_MS),
      };
    },
    take,
    hasMore,
    history: () => ({ table, rows, measure, nowMs: madeByMs, upTo }),
    changes: () => changes,
  };
}
