/** Gateways with different configurations that learn on one store: each would take the other's for a change. */
import { defined } from '../../defined.ts';
import { hashContent } from '../../routing/hash-content.ts';
import type { LearnedRoute } from './learned-route.ts';
import type { ReadSoFar } from './learner-state.ts';
import { certificateTerms, priceableTiers } from './route-changes.ts';

/** Whoever was not there for so long has been stopped, or has another configuration now. */
const GONE_MS = 600_000;
/** How often each says that it is there. */
const STAMP_MS = 60_000;

/** What a route's learning does about other configurations: nothing is learned while there are `rivals`. */
export interface Meeting {
  rivals?: Readonly<Record<string, number>>;
  /** It was not known before. */
  isNew?: true;
}

export const RIVALS =
  'gateways with different configurations of this route run on one store, and each would take the other for a change; give them the same configuration, or stores of their own (learning goes on ten minutes after the last other one was there)';

/**
 * Looks whether another configuration is still in use. A configuration that differs from that of the last step is a change
 * where this learner is new, as after a restart. Where this learner has made a step itself, another gateway's came in between.
 * @param hasStepped whether this learner has made a step with its configuration.
 */
export function meetRivals(
  { policy, settings }: LearnedRoute,
  read: Pick<ReadSoFar, 'tiers' | 'asked' | 'rivals'>,
  { hasStepped, nowMs }: { hasStepped: boolean; nowMs: number },
): Meeting {
  const own = configurationHash(priceableTiers(policy), certificateTerms(settings));
  const last = read.asked === undefined ? own : configurationHash(read.tiers, read.asked);
  if (read.rivals === undefined)
    return hasStepped && last !== own ? { rivals: { [last]: nowMs, [own]: nowMs }, isNew: true } : {};
  const isHere = (atMs: number): boolean => Math.abs(nowMs - atMs) < GONE_MS;
  const others = Object.entries(read.rivals).filter(([hash, atMs]) => hash !== own && isHere(atMs));
  if (others.length === 0) return {};
  const ownMs = read.rivals[own];
  const stamp = ownMs !== undefined && Math.abs(nowMs - ownMs) < STAMP_MS ? ownMs : nowMs;
  return { rivals: { ...Object.fromEntries(others), [own]: stamp } };
}

function configurationHash(tiers: ReadSoFar['tiers'], asked: ReadSoFar['asked']): string {
  // As the store gives it back: without members that are undefined.
  return hashContent(JSON.parse(JSON.stringify(defined({ tiers, asked }))));
}
