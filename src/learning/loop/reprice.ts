import { DAY_MS } from '../../format/time.ts';
import type { Version } from '../../routing/version.ts';
import { cheapestCertified } from './retreat.ts';
import { hasAnswers, labelsAfter } from './audited-row.ts';
import type { AuditHistory, LoopState } from './state.ts';
import { moveOnPath, withInForce, type LoopStep } from './steps.ts';

/** Prices that change more often than this raise the audits only once; else the audits would never return to their usual rate. */
const BETWEEN_RAISES_MS = 30 * DAY_MS;

/**
 * A price has changed. Quality does not depend on prices, so labels, certificates and alpha wealth stay as they are, and of
 * the certified policies the cheapest at the new prices is put in force without a test; the last tier alone is one of them.
 * A candidate that still waits for
 * tests gets them, or frequent price changes would prevent any test. After it, or now if none waits, another candidate is
 * fitted, which may have a bold test.
 */
export function reprice(
  state: LoopState,
  message: string,
  inForce: Version | undefined,
  audits: AuditHistory,
): LoopStep {
  const { rows, measure, nowMs } = audits;
  const { candidate, epoch, auditing, repricedAtMs = -Infinity, ...rest } = state;
  const waits = candidate !== undefined && candidate.taken < candidate.looks.length;
  // In the future, because of a clock that was ahead, is long ago too.
  const isLongAgo = Math.abs(nowMs - repricedAtMs) >= BETWEEN_RAISES_MS;
  const step: LoopStep = {
    state: {
      ...rest,
      ...(waits ? { candidate: { ...candidate, isOutpriced: true } } : {}),
      epoch: { ...epoch, boldFitRows: 0 },
      auditing: auditing === 'usual' && isLongAgo ? 'raised' : auditing,
      repricedAtMs: nowMs,
    },
    versions: [],
    events: [
      {
        kind: 'alarm',
        message: `${message} Certified policies stay certified. Another candidate will be fitted for the new prices.`,
        details: { change: 'price' },
      },
    ],
  };
  const own = labelsAfter(rows, epoch.after)
    .filter(hasAnswers)
    .map(({ row }) => row);
  if (inForce === undefined || own.length === 0) return step;
  const cheapest = cheapestCertified(inForce, own, measure);
  if (cheapest === inForce) return step;
  if (cheapest === undefined)
    return {
      ...step,
      state: withInForce(step.state, undefined, audits),
      force: null,
      events: [
        ...step.events,
        {
          kind: 'moved',
          message:
            'At the new prices no certified policy costs less than the last tier alone, which now answers everything.',
          details: {},
        },
      ],
    };
  return moveOnPath(
    step,
    cheapest,
    {
      kind: 'moved',
      message: 'The certified policy that is cheapest at the new prices now serves.',
      details: {},
    },
    audits,
  );
}
