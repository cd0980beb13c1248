import { defined } from '../defined.ts';
import type { Attempt } from '../routing/attempt.ts';
import { createAsk } from '../request/ask-tier.ts';
import type { CallContext } from '../request/request-context.ts';
import { ladderOf } from '../request/served-route.ts';
import type { GivenAnswer, ReceivedRequest, RequestState } from '../request/request-state.ts';

/** A request on its way through all the tiers, in the background. */
export interface AuditedRequest extends RequestState {
  readonly audit: 'certification' | 'learning';
}

/** The result of asking every tier. */
export interface AskedTiers {
  /** Whole answers in the policy's order of tiers, up to the first that failed: the request's own, or the audit's. */
  answers: Attempt[];
  /** The calls that the audit made, in order. */
  made: Attempt[];
  /** Why a tier gave no whole answer; absent if all did. */
  problem?: string;
}

/**
 * The request once more, of all the tiers of its route, ended by `abort` instead of its client, with the whole answers that it has
 * already.
 */
export function auditedRequest(
  { asked, progress }: RequestState,
  audit: AuditedRequest['audit'],
  { abort, holding }: { abort: AbortController; holding: RequestState['holding'] },
): AuditedRequest {
  return {
    asked: { ...asked, route: ladderOf(asked) },
    audit,
    abort,
    ...defined({ holding }),
    progress: {
      attempts: onLadder(asked, progress.attempts).filter(({ failure }) => failure === undefined),
      // Only what was read of the answers is needed; their text can be freed.
      answers: new Map(
        [...progress.answers].map(([callId, { read }]): [number, GivenAnswer] => [
          callId,
          { headers: {}, read },
        ]),
      ),
      dropped: new Map(),
      finished: true,
    },
  };
}

/** The calls that a request made, with their tiers as all the tiers of its route are counted. */
export function onLadder(asked: ReceivedRequest, attempts: readonly Attempt[]): Attempt[] {
  const before = ladderOf(asked).tiers.length - asked.route.tiers.length;
  return before === 0 ? [...attempts] : attempts.map((each) => ({ ...each, tier: each.tier + before }));
}

/**
 * Asks the tiers that have not answered yet, cheapest first, and each but the last for its available paid signals. Makes
 * one call at a time, so that an audit never takes more than one slot of an upstream. The first failure ends it.
 */
export async function askEveryTier(context: CallContext, state: AuditedRequest): Promise<AskedTiers> {
  const { tiers } = state.asked.route.policy;
  const known = [...state.progress.attempts];
  const ask = createAsk(context, state, undefined);
  const made: Attempt[] = [];
  const answers: Attempt[] = [];
  let nextCall = Math.max(-1, ...known.map(({ callId }) => callId), ...state.progress.answers.keys()) + 1;
  const call = async (tier: number, about?: number): Promise<Attempt> => {
    const attempt = await ask({
      callId: nextCall++,
      tier,
      ...defined({ about }),
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
