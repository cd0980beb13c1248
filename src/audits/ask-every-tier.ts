import type { Attempt } from '../routing/attempt.ts';
import { createAsk } from '../request/attempt.ts';
import type { HttpContext } from '../request/context.ts';
import type { HeldAnswer, Journey } from '../request/request-state.ts';

/** A request on its way through all the tiers, in the background. */
export interface AuditJourney extends Journey {
  audit: 'certification' | 'learning';
}

/** What came of asking every tier. */
export interface AskedTiers {
  /** By tier, in the policy's order, as far as it was asked: whole answers, the request's own or the audit's. */
  answers: Attempt[];
  /** The calls that were made, in their order. */
  made: Attempt[];
  /** Why a tier gave no whole answer; absent where all did. */
  problem?: string;
}

/** The request once more, ended by `abort` instead of its client, with the whole answers that it has already. */
export function auditJourney(
  journey: Journey,
  kind: AuditJourney['audit'],
  abort: AbortController,
): AuditJourney {
  const answered = journey.attempts.filter(({ failure }) => failure === undefined);
  return {
    ...journey,
    audit: kind,
    abort,
    attempts: answered,
    // What was read of the answers is needed, their bytes are not.
    answers: new Map(
      [...journey.answers].map(([callId, { read }]): [number, HeldAnswer] => [
        callId,
        { headers: {}, read, content: { kind: 'chunks', chunks: [] } },
      ]),
    ),
    dropped: new Map(),
    finished: true,
  };
}

/**
 * Asks the tiers that have not answered yet, cheapest first, and each but the last for its paid signals, as far as they can
 * be had. One call at a time: so an audit never takes more than one place at an upstream. The first tier that fails ends it.
 */
export async function askEveryTier(context: HttpContext, journey: AuditJourney): Promise<AskedTiers> {
  const { tiers } = journey.route.policy;
  const known = journey.attempts;
  const ask = createAsk(
    { ...context, call: oneAtATime(context.call), metrics: asAuditCalls(context.metrics) },
    { ...journey, attempts: [...known] },
    undefined,
  );
  const made: Attempt[] = [];
  const answers: Attempt[] = [];
  let nextCall = Math.max(-1, ...known.map(({ callId }) => callId), ...journey.answers.keys()) + 1;
  const call = async (tier: number, about?: number): Promise<Attempt> => {
    const attempt = await ask({
      callId: nextCall++,
      tier,
      ...(about === undefined ? {} : { about }),
      live: false,
      afterFailure: false,
    });
    made.push(attempt);
    return attempt;
  };
  for (const [tier, { name }] of tiers.entries()) {
    const own = known.find((attempt) => attempt.tier === tier && attempt.about === undefined);
    const answer = own ?? (await call(tier));
    if (answer.failure !== undefined)
      return { answers, made, problem: `${name} failed: ${answer.failure.message}` };
    answers.push(answer);
    const canBePaid = tier < tiers.length - 1 && (answer.paidSignals?.length ?? 0) > 0;
    if (canBePaid && !known.some(({ about }) => about === answer.callId)) await call(tier, answer.callId);
  }
  return { answers, made };
}

/** Calls of whole answers, one after the other. */
function oneAtATime(call: HttpContext['call']): HttpContext['call'] {
  let last: Promise<unknown> = Promise.resolve();
  return (upstream, request) => {
    const result = last.then(() => call(upstream, request));
    last = result.catch(() => undefined);
    return result;
  };
}

/** What clients wait for is counted apart. */
function asAuditCalls(metrics: HttpContext['metrics']): HttpContext['metrics'] {
  return { ...metrics, attempt: metrics.auditCall };
}
