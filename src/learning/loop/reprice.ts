import type { Version } from '../../routing/version.ts';
import type { AuditHistory } from './freeze.ts';
import { cheapestCertified } from './retreat.ts';
import { hasAnswers, rowsSince, type LoopState } from './state.ts';
import { moveOnPath, type LoopStep } from './steps.ts';

/** Prices that change more often than this raise the audits once: they would never be as usual. */
const QUIET_MS = 30 * 86_400_000;

/**
 * A price is not what it was. What is lost does not depend on it: labels, certificates and the chance that tests have used
 * up stay as they are. Of what is certified the cheapest policy at today's prices serves, which takes no test. A candidate
 * that waits is tested all the same, or whoever changes prices often would test none; then another one is fitted, at once
 * where none waits, and may be tested until a policy fails.
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
      auditing: auditing === 'usual' && nowMs - repricedAtMs >= QUIET_MS ? 'raised' : auditing,
      repricedAtMs: nowMs,
    },
    versions: [],
    events: [
      {
        kind: 'alarm',
        message: `${message} What is certified stays so; another candidate is fitted for these prices.`,
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
      message: 'Of the certified policies the one that is cheapest at these prices serves.',
      details: {},
    },
    nowMs,
  );
}
