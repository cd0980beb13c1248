import {
  REFIT_GROWTH,
  LEAST_FIT,
  certifyingRows,
  rowsDue,
  rowsSince,
  CANDIDATE_PATIENCE_MS,
  type AuditedRow,
  type LoopState,
} from '../loop/loop.ts';

/** What a route's learning waits for. */
export interface NextStep {
  what: 'fit' | 'test';
  /** Complete audits of the epoch to fit on, or certification audits since the candidate was frozen to test it on. */
  have: number;
  needed: number;
  /** At the rate since the candidate was frozen, for a test; else of the last week. Absent where too little came to tell. */
  inDays?: number;
  /** Certification audits since the freeze that tell nothing new: their question or conversation was there before. */
  repeated?: number;
  /** Where it takes very long, or will never come, or most audits are no labels: why, and what helps. */
  hint?: string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const RATE_DAYS = 7;
/** Fewer audits tell no rate. */
const LEAST_RATE = 5;
/** What takes longer is worth a word; and what nothing has come for in a week. */
const LONG_DAYS = 45;
const NOTHING_DAYS = 7;

/** What holds learning up. */
export interface HeldUp {
  /** What keeps most audits from being labels, and what helps; absent where nothing does. */
  withoutLabel?: string | undefined;
  /** Days end without audits, for their budget is spent: a rate is that of whole days (UTC). */
  isSpent?: boolean;
}

export function nextStep(
  state: LoopState | undefined,
  rows: readonly AuditedRow[],
  nowMs: number,
  { withoutLabel, isSpent = false }: HeldUp = {},
): NextStep {
  const { candidate } = state ?? {};
  const look = candidate?.looks[candidate.taken];
  const next =
    candidate === undefined || look === undefined
      ? nextFit(state, rows, nowMs, isSpent)
      : nextTest(candidate, look, rows, nowMs, isSpent);
  // More audits would not help.
  return withoutLabel === undefined ? next : { ...next, hint: withoutLabel };
}

function nextTest(
  { frozenAtMs }: Candidate,
  look: Candidate['looks'][number],
  rows: readonly AuditedRow[],
  nowMs: number,
  isSpent: boolean,
): NextStep {
  const waitedMs = nowMs - frozenAtMs;
  const have = certifyingRows(rows, frozenAtMs).length;
  const needed = rowsDue(look, waitedMs);
  const rate = since(frozenAtMs, have, nowMs, isSpent);
  const later = rowsDue(look, CANDIDATE_PATIENCE_MS);
  const all = daysFor(needed - have, rate);
  // When patience ends, fewer are enough.
  const fewer = daysFor(later - have, rate);
  const inDays =
    all === undefined || fewer === undefined
      ? undefined
      : Math.min(all, Math.max(fewer, (CANDIDATE_PATIENCE_MS - waitedMs) / DAY_MS));
  const repeated = rows.filter(({ atMs, certifies }) => certifies && atMs > frozenAtMs).length - have;
  const isLong = isLongWait(inDays, waitedMs);
  return {
    what: 'test',
    have,
    needed,
    ...(inDays === undefined ? {} : { inDays }),
    ...(repeated === 0 ? {} : { repeated }),
    ...(isLong ? { hint: repeated > have ? REPEATED : FEW } : {}),
  };
}

function nextFit(
  state: LoopState | undefined,
  rows: readonly AuditedRow[],
  nowMs: number,
  isSpent: boolean,
): NextStep {
  const sinceMs = state?.epoch.beganAtMs;
  const have = rowsSince(rows, sinceMs ?? 0).length;
  const needed =
    state?.candidate === undefined ? LEAST_FIT : Math.ceil(REFIT_GROWTH * state.candidate.fitRows);
  const inDays = daysFor(needed - have, perDay(rows, nowMs, isSpent));
  return {
    what: 'fit',
    have,
    needed,
    ...(inDays === undefined ? {} : { inDays }),
    ...(sinceMs !== undefined && isLongWait(inDays, nowMs - sinceMs) ? { hint: FEW } : {}),
  };
}

type Candidate = NonNullable<LoopState['candidate']>;

const ELSE = 'label questions and use `weir tune`, or decide by thresholds, which promise nothing';
const FEW = `Few requests are audited with a verdict: raise \`auditRate\`, \`startRate\` or \`dailyBudgetUsd\` of \`learning\`; or ${ELSE}.`;
const REPEATED = `Most audits repeat a question or a conversation of before, and tell nothing new: where every request begins with the same example, put it into the system message; where few different questions are asked, ${ELSE}.`;

function isLongWait(inDays: number | undefined, waitedMs: number): boolean {
  return inDays === undefined ? waitedMs > NOTHING_DAYS * DAY_MS : inDays > LONG_DAYS;
}

function daysFor(missing: number, rate: number | undefined): number | undefined {
  return rate === undefined ? undefined : Math.max(0, missing) / rate;
}

/** Over the last week, or since the first one where that is less; at least over an hour, so that a burst is no rate. */
export function perDay(rows: readonly AuditedRow[], nowMs: number, isSpent = false): number | undefined {
  const first = rows[0]?.atMs ?? nowMs;
  const days = Math.min(RATE_DAYS, Math.max(HOUR_MS, spanMs(first, nowMs, isSpent)) / DAY_MS);
  const count = rowsSince(rows, nowMs - days * DAY_MS).length;
  return count === 0 ? undefined : count / days;
}

/** A day, since a candidate was frozen: how often is audited changes with bold tests and alarms, and each is followed by another one. */
function since(frozenAtMs: number, count: number, nowMs: number, isSpent: boolean): number | undefined {
  return count < LEAST_RATE || nowMs <= frozenAtMs
    ? undefined
    : (count * DAY_MS) / spanMs(frozenAtMs, nowMs, isSpent);
}

/** Where each day's budget is spent in a part of the day, only whole days have a rate. */
function spanMs(fromMs: number, nowMs: number, isSpent: boolean): number {
  return isSpent ? (Math.floor(nowMs / DAY_MS) + 1 - Math.floor(fromMs / DAY_MS)) * DAY_MS : nowMs - fromMs;
}
