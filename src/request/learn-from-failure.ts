import type { AttemptFailure } from '../routing/attempt.ts';
import type { ModelCall } from '../routing/cascade.ts';
import type { Need } from '../upstream/needs.ts';
import { UpstreamError } from '../upstream/upstream.ts';
import type { CallContext } from './request-context.ts';
import type { RequestState } from './request-state.ts';
import type { ServedTier } from './served-route.ts';

/** Statuses with which a server may say that its model cannot take a request. */
const OWN_ERRORS: ReadonlySet<number | undefined> = new Set([200, 500, 501]);
/** A small model that has to be loaded first takes its time. */
const PROBE_PATIENCE_MS = 60_000;

/**
 * Remembers what a failed call says of its model. Never throws.
 * @returns the failure; blamed on the request where the server fails this API key's requests only.
 */
export function learnFromFailure(
  context: Pick<CallContext, 'log'>,
  { asked: { needs, keyId }, audit }: RequestState,
  call: Pick<ModelCall, 'live'>,
  { error, failure, tier }: { error: unknown; failure: AttemptFailure; tier: ServedTier },
): AttemptFailure {
  if (!(error instanceof UpstreamError)) return failure;
  const { status, ofOneKey } = error.failure;
  const isError = failure.blames === 'server' && OWN_ERRORS.has(status);
  const isOwn = (isError || ofOneKey === true) && tier.learned.errors.failed(keyId);
  const isRefusal = isError || failure.code === 'upstream_rejected';
  // Of the last tier nothing has to be known: there is no other to ask.
  if (isRefusal && needs.length > 0 && !call.live && audit === undefined)
    for (const need of tier.learned.abilities.refused(needs, keyId)) void probe(context, tier, need);
  return isOwn ? { ...failure, blames: 'request' } : failure;
}

/** Asks the model itself for what it refused, with words of the gateway's own. */
async function probe({ log }: Pick<CallContext, 'log'>, tier: ServedTier, need: Need): Promise<void> {
  const { dialect, upstream, asked, learned } = tier;
  const ability = await dialect.probeAbility?.(upstream, asked, need, AbortSignal.timeout(PROBE_PATIENCE_MS));
  learned.abilities.probed(need, ability);
  if (ability === 'refused')
    log.info(
      { tier: asked.name, need },
      'a model cannot do what it was asked for: such requests skip it for an hour',
    );
}
