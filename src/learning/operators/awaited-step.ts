import { defined } from '../../defined.ts';
import { commandLine } from '../../format/command-line.ts';
import { DAY_MS } from '../../format/time.ts';
import {
  certifyingRows,
  labelsToFit,
  CANDIDATE_PATIENCE_MS,
  rowsDue,
  labelsAfter,
  type AuditedRow,
  type LoopState,
} from '../loop/loop.ts';

/** What a route's learning waits for. */
export interface AwaitedStep {
  what: 'fit' | 'test';
  /** Labels of the epoch to fit on, or due audits since the candidate was frozen to test it on. */
  have: number;
  needed: number;
  /** At the rate since the candidate was frozen, for a test; else at that of the last week. Absent without enough labels for a rate. */
  inDays?: number;
  /** Due audits since the freeze that do not count, because their question or conversation came before. */
  repeated?: number;
  /** Why it takes very long, or will never come, or why most audits are no labels; and what to do. */
  hint?: string;
}

const HOUR_MS = 3_600_000;
const RATE_DAYS = 7;
/** Fewer labels than this are no rate. */
const LEAST_RATE = 5;
/** A longer wait than this gets a hint, and so does a week without labels. */
const LONG_DAYS = 45;
const NOTHING_DAYS = 7;

/** What delays learning. */
export interface Obstructions {
  /** Why most audits are no labels, and what to do; absent where most are labels. */
  withoutLabel?: string | undefined;
  /** The budget of a day is spent before its end, so a rate is taken over whole days (UTC). */
  isSpent?: boolean;
}

export function awaitedStep(
  state: LoopState | undefined,
  rows: readonly AuditedRow[],
  nowMs: number,
  { withoutLabel, isSpent = false }: Obstructions = {},
): AwaitedStep {
  const { candidate } = state ?? {};
  const test = candidate?.looks[candidate.taken];
  const next =
    candidate === undefined || test === undefined
      ? awaitedFit(state, rows, nowMs, isSpent)
      : awaitedTest(candidate, test, rows, nowMs, isSpent);
  // More audits would not help.
  return withoutLabel === undefined ? next : { ...next, hint: withoutLabel };
}

function awaitedTest(
  { frozenAtMs, after }: Candidate,
  test: Candidate['looks'][number],
  rows: readonly AuditedRow[],
  nowMs: number,
  isSpent: boolean,
): AwaitedStep {
  const waitedMs = nowMs - frozenAtMs;
  const have = certifyingRows(rows, after).length;
  const needed = rowsDue(test, waitedMs);
  const rate = rateSince(frozenAtMs, have, nowMs, isSpent);
  const inDaysForAll = daysFor(needed - have, rate);
  // When patience ends, fewer are enough.
  const inDaysForFewer = daysFor(rowsDue(test, CANDIDATE_PATIENCE_MS) - have, rate);
  const inDays =
    inDaysForAll === undefined || inDaysForFewer === undefined
      ? undefined
      : Math.min(inDaysForAll, Math.max(inDaysForFewer, (CANDIDATE_PATIENCE_MS - waitedMs) / DAY_MS));
  const repeated = rows.filter(({ number, certifies }) => certifies && number > after).length - have;
  const hint = repeated > have ? REPEATED : FEW;
  return {
    what: 'test',
    have,
    needed,
    ...defined({
      inDays,
      repeated: repeated === 0 ? undefined : repeated,
      hint: isLongWait(inDays, waitedMs) ? hint : undefined,
    }),
  };
}

function awaitedFit(
  state: LoopState | undefined,
  rows: readonly AuditedRow[],
  nowMs: number,
  isSpent: boolean,
): AwaitedStep {
  const sinceMs = state?.epoch.beganAtMs;
  const have = labelsAfter(rows, state?.epoch.after ?? 0).length;
  const needed = labelsToFit(state?.epoch ?? { boldFitRows: 0 });
  const inDays = daysFor(needed - have, labelsPerDay(labelsAfter(rows, 0), nowMs, isSpent));
  const isLong = sinceMs !== undefined && isLongWait(inDays, nowMs - sinceMs);
  return { what: 'fit', have, needed, ...defined({ inDays, hint: isLong ? FEW : undefined }) };
}

type Candidate = NonNullable<LoopState['candidate']>;

const OTHERWISE = `label questions and use ${commandLine('tune FILE')}, or set thresholds by hand, which promise nothing`;
const FEW = `Few requests are audited and get a verdict. Raise \`auditRate\`, \`startRate\` or \`dailyBudgetUsd\` of \`learning\`. Otherwise ${OTHERWISE}.`;
const REPEATED = `Most audits repeat an earlier question or conversation, so they add nothing. If every request begins with the same example, move it into the system message. If few different questions are asked, ${OTHERWISE}.`;

function isLongWait(inDays: number | undefined, waitedMs: number): boolean {
  return inDays === undefined ? waitedMs > NOTHING_DAYS * DAY_MS : inDays > LONG_DAYS;
}

function daysFor(missing: number, rate: number | undefined): number | undefined {
  return rate === undefined ? undefined : Math.max(0, missing) / rate;
}

/** Over the last week, or since the first label where that is less; over an hour at least, because a burst is no rate. */
export function labelsPerDay(
  labels: readonly AuditedRow[],
  nowMs: number,
  isSpent = false,
): number | undefined {
  const first = labels[0]?.atMs ?? nowMs;
  const days = Math.min(RATE_DAYS, Math.max(HOUR_MS, spanMs(first, nowMs, isSpent)) / DAY_MS);
  const count = labels.filter(({ atMs }) => atMs >= nowMs - days * DAY_MS).length;
  return count === 0 ? undefined : count / days;
}

/**
 * Per day since a candidate was frozen. Not over the last week: bold tests and alarms change the rate of audits, and a new
 * candidate follows each of them.
 */
function rateSince(frozenAtMs: number, count: number, nowMs: number, isSpent: boolean): number | undefined {
  return count < LEAST_RATE || nowMs <= frozenAtMs
    ? undefined
    : (count * DAY_MS) / spanMs(frozenAtMs, nowMs, isSpent);
}

/** Where each day's budget is spent before the day ends, the span is whole days. */
function spanMs(fromMs: number, nowMs: number, isSpent: boolean): number {
  return isSpent ? (Math.floor(nowMs / DAY_MS) + 1 - Math.floor(fromMs / DAY_MS)) * DAY_MS : nowMs - fromMs;
}
