import { DAY_MS } from '../../format/time.ts';
import type { Version } from '../../routing/version.ts';
import { cheapestCertified } from './retreat.ts';
import { hasAnswers, rowsSince, type AuditHistory, type LoopState } from './state.ts';
import { moveOnPath, type LoopStep } from './steps.ts';

/** Prices that change more often than this raise the audits only once; else the audits would never return to their usual rate. */
const BETWEEN_RAISES_MS = 30 * DAY_MS;

/**
 * A price has changed. Quality does not depend on prices, so labels, certificates and alpha wealth stay as they are, and of
 * the certified policies the cheapest at the new prices is put in force without a test. A candidate that still waits for
 * tests gets them, or frequent price changes would prevent any test. After it, or now if none waits, another candidate is
 * fitted, which may have a bold test.
 */
export function reprice(
  state: LoopState,
  message: string,
  inForce: Version | undefined,
  { rows, measure, nowMs }: AuditHistory,
): LoopStep {
  const { candidate, epoch, auditing, repricedAtMs = -Infinity, ...rest } = state;
  const waits = candidate !== undefined && candidate.taken < candidate.looks.length;
  const step: LoopStep = {
    state: {
      ...rest,
      ...(waits ? { candidate: { ...candidate, isOutpriced: true } } : {}),
      epoch: { ...epoch, boldFitRows: 0 },
      auditing: auditing === 'usual' && nowMs - repricedAtMs >= BETWEEN_RAISES_MS ? 'raised' : auditing,
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
  const own = rowsSince(rows, epoch.beganAtMs)
    .filter(hasAnswers)
    .map(({ row }) => row);
  if (inForce === undefined || own.length === 0) return step;
  const cheapest = cheapestCertified(inForce, own, measure);
  if (cheapest === inForce) return step;
  return moveOnPath(
    step,
    cheapest,
    {
      kind: 'moved',
      message: 'The certified policy that is cheapest at the new prices now serves.',
      details: {},
    },
    nowMs,
  );
}
