import { defined } from '../../defined.ts';
import { wealthAfterFailure } from './alpha-wealth.ts';
import { certifyingRows } from './interim-test.ts';
import type { LoopSettings } from './settings.ts';
import type { AuditedRow } from './audited-row.ts';
import type { LoopState } from './state.ts';
import type { LoopStep } from './steps.ts';
import { RECOVERY_AUDITS, mostUnjudged, unjudgedWords, withSpan } from './watch/unjudged.ts';
import { AUDIT_WATCH_START } from './watch/watch-audits.ts';

/**
 * Too many due audits have no verdict. What is in force serves on, not certified, because nobody would see its losses. A
 * candidate is given up.
 * @param due the due audits so far. @param count on how many of the newest the alarm rests.
 */
export function unjudgedStep(
  settings: LoopSettings,
  state: LoopState,
  due: readonly AuditedRow[],
  count: number,
  nowMs: number,
): LoopStep {
  const { why, mend } = unjudgedWords(due.slice(-Math.max(1, count)), settings);
  const most = Math.floor(mostUnjudged(settings.objective) * RECOVERY_AUDITS);
  const until = `${RECOVERY_AUDITS} due audits with at most ${most} without a verdict`;
  return {
    state: {
      ...withoutCandidate(state, due),
      unjudged: withSpan(state.unjudged, why, nowMs),
      watch: { ...state.watch, audits: AUDIT_WATCH_START },
    },
    versions: [],
    events: [
      {
        kind: 'alarm',
        message: `${why}. So no certificate holds and nothing is certified until ${until}. ${mend}`,
        details: { detector: 'unjudged', audits: count },
      },
    ],
  };
}

/** Due audits get verdicts again. Certificates of the epoch hold again; what the candidate had left of the share is spent. */
export function judgedAgain(state: LoopState): LoopStep {
  return {
    state: { ...state, watch: { ...state.watch, audits: AUDIT_WATCH_START } },
    versions: [],
    events: [
      {
        kind: 'recovered',
        message: 'Due audits get verdicts again. Certificates of the present traffic hold again.',
        details: {},
      },
    ],
  };
}

/**
 * Gives up a candidate. If audits were seen that were to test it, the level of its next test is spent, as if that had failed:
 * otherwise whoever decides which audits get verdicts could give up each candidate that is about to fail.
 */
function withoutCandidate({ candidate, ...rest }: LoopState, due: readonly AuditedRow[]): LoopState {
  const { epoch } = rest;
  const isAtStake =
    candidate !== undefined &&
    candidate.taken < candidate.looks.length &&
    certifyingRows(due, candidate.after).length > 0;
  return defined({
    ...rest,
    epoch: isAtStake ? { ...epoch, wealth: wealthAfterFailure(epoch.wealth) } : epoch,
  });
}
