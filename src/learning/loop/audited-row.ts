/** What an audit lacks to be a label: a tier's whole answer, a verdict on an answer, or the cost of an answer. */
export type Lack = 'answer' | 'verdict' | 'cost';

/**
 * One audited request, whatever became of its audit. Rows are in the order in which the audits were numbered: clocks may be
 * wrong.
 */
export interface AuditedRow {
  /** Numbers rise, with gaps. */
  number: number;
  /** Row of the table; −1 if it is no label, or so old that it is only counted, see {@link hasAnswers}. */
  row: number;
  /** When the request came; for people to read, and for rates. */
  atMs: number;
  /** Shared by requests of one conversation or prompt; one of them may certify. */
  cluster: string | number;
  /** Whether the coin drew it that does not depend on the answer. Then it is *due*: it certifies, or counts as lost. */
  certifies: boolean;
  /** The chance of having been drawn by any coin. */
  propensity: number;
  /** Absent if it is a label. */
  lacks?: Lack;
  /** Until when a verdict may still come; see {@link isSettled}. Absent if nothing is awaited. */
  openUntilMs?: number;
  /** Why it is no label, in sentences, as the audit says it; not of old audits. */
  problem?: string;
}

/** Audits that can be fitted on, of those with a greater number. */
export function labelsAfter(rows: readonly AuditedRow[], after: number): AuditedRow[] {
  return rows.filter(({ number, lacks }) => number > after && lacks === undefined);
}

/** Whether the tiers' answers are in the table: always of the newest `WEIGHTY_ROWS` labels, and of as many that certify. */
export function hasAnswers({ row }: AuditedRow): boolean {
  return row >= 0;
}

/** A verdict is awaited for so long where no source could be asked in the audit. */
export const VERDICT_GRACE_MS = 3_600_000;

/**
 * Whether it is known what a due audit counts as: by its verdicts, or as lost. Until then it is in no test, and neither is any
 * later one, so that nothing about an answer decides which audits a test is made on.
 */
export function isSettled({ lacks, openUntilMs }: AuditedRow, nowMs: number): boolean {
  if (lacks === undefined || openUntilMs === undefined) return true;
  // A clock that was ahead when the audit was written has been corrected.
  return nowMs >= openUntilMs || openUntilMs > nowMs + 2 * VERDICT_GRACE_MS;
}
