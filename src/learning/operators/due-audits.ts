/** Whether the audits that are to certify get verdicts. Pure. */
import { defined } from '../../defined.ts';
import { isoTime } from '../../format/time.ts';
import { isSettled, mostUnjudged, type AuditedRow, type Lack, type LoopState } from '../loop/loop.ts';
import { RECENT_MS } from './recent-audits.ts';

/** Due audits of the last seven days: those that the certification coin drew, whatever became of them. */
export interface DueAudits {
  due: number;
  /** Those without a verdict on every answer, which count as lost, by what they lack. */
  unjudged: Partial<Record<Exclude<Lack, 'cost'>, number>>;
  /** Those for which a verdict is still awaited; they are in neither figure. */
  awaited: number;
  /** The greatest share that may be without a verdict. */
  most: number;
  /** Why the newest of them has none, in sentences, as its audit says it. */
  problem?: string;
  /** Present while too many have none: since when, and why nothing is certified. */
  uncertified?: { since: string; why: string };
}

export function dueAudits(
  rows: readonly AuditedRow[],
  nowMs: number,
  promise: { maxQualityLoss: number } | undefined,
  span: LoopState['unjudged']['since'],
): DueAudits | undefined {
  const recent = rows.filter(({ certifies, atMs }) => certifies && atMs > nowMs - RECENT_MS);
  if (promise === undefined || recent.length === 0) return undefined;
  const settled = recent.filter((row) => isSettled(row, nowMs));
  const count = (lack: Lack): number | undefined => {
    const { length } = settled.filter(({ lacks }) => lacks === lack);
    return length === 0 ? undefined : length;
  };
  return {
    due: settled.length,
    unjudged: defined({ verdict: count('verdict'), answer: count('answer') }),
    awaited: recent.length - settled.length,
    most: mostUnjudged(promise),
    ...defined({
      problem: settled.findLast(({ problem }) => problem !== undefined)?.problem,
      uncertified: span && { since: isoTime(span.atMs), why: span.why },
    }),
  };
}
