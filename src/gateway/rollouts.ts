import { createHmac } from 'node:crypto';
import { configuredShare } from '../config/configured-share.ts';
import type { Config } from '../config/schema/schema.ts';
import { conversationKeyOf } from '../learning/labels/question-key.ts';
import type { Rollout } from '../request/served-route.ts';
import type { Policy } from '../routing/policy.ts';
import {
  isPartial,
  lastAlone,
  shareNow,
  shareWords,
  waitingWords,
  type StatedShare,
} from '../routing/rollout.ts';
import type { Log } from '../telemetry/names.ts';
import type { Store } from '../store/contract/store.ts';
import type { RolloutStore } from '../store/contract/rollout-rows.ts';

/** The shares that were stated in a store, as of the last look. */
export interface StatedShares {
  of(route: string): StatedShare | undefined;
  /**
   * Looks whether others are stated now. Cheap where no other process has written.
   * @returns whether they are. @throws {WeirError} store_unavailable; then nothing changes.
   */
  refresh(look: { evenIfUnchanged: boolean }): Promise<boolean>;
}

/** @throws {WeirError} store_unavailable */
export async function createStatedShares(
  store: Pick<RolloutStore, 'rollouts'> & Pick<Store, 'changeCounter'>,
): Promise<StatedShares> {
  // Read before the rows: what is written in between is noticed the next time.
  let counter = await store.changeCounter();
  let known = await store.rollouts();
  return {
    of: (route) => known.get(route),
    async refresh({ evenIfUnchanged }) {
      const counted = await store.changeCounter();
      if (counted === counter && !evenIfUnchanged) return false;
      const now = await store.rollouts();
      const changed = [...now].some(([route, { number }]) => known.get(route)?.number !== number);
      known = now;
      counter = counted;
      return changed;
    },
  };
}

/** How the routes of one configuration are shared between their policies and their last tiers. */
export interface Rollouts {
  /** Of every route with several tiers: the share that its policy decides. */
  shares: ReadonlyMap<string, number>;
  /** Absent where the policy decides all. */
  of(route: string): Pick<Rollout, 'share' | 'takes'> | undefined;
}

/** @param secret keys the draw; asked for only where something is drawn. */
export async function rolloutsOf(
  { routes }: Pick<Config, 'routes'>,
  stated: Pick<StatedShares, 'of'>,
  secret: () => Promise<string>,
): Promise<Rollouts> {
  const shares = new Map(
    Object.entries(routes)
      .filter(([, { tiers }]) => tiers.length > 1)
      .map(([name, route]) => [name, shareNow(configuredShare(route), stated.of(name))]),
  );
  const key = [...shares.values()].some(isPartial) ? await secret() : '';
  return {
    shares,
    of(route) {
      const share = shares.get(route) ?? 1;
      if (share >= 1) return undefined;
      return {
        share,
        takes: share === 0 ? () => false : (messages) => placeOf(route, messages, key) < share,
      };
    },
  };
}

/** The policies without the tiers that no client is answered by: those of a route that observes say nothing of its health. */
export function withoutObserved(
  routes: ReadonlyMap<string, Policy>,
  { shares }: Pick<Rollouts, 'shares'>,
): ReadonlyMap<string, Policy> {
  return new Map(
    [...routes].map(([route, policy]) => [route, shares.get(route) === 0 ? lastAlone(policy) : policy]),
  );
}

/** Logs which shares are other ones than before; at the start, those of routes that do not serve all. */
export function announceShares(
  before: Rollouts['shares'] | undefined,
  { shares }: Pick<Rollouts, 'shares'>,
  { routes, log }: { routes: ReadonlyMap<string, Policy>; log: Log },
): void {
  for (const [route, share] of shares) {
    if (share === (before?.get(route) ?? 1)) continue;
    const policy = routes.get(route);
    const waiting = share === 0 || policy === undefined ? undefined : waitingWords(policy);
    log.info(
      { route },
      `Route '${route}': ${shareWords(share)} from now on.${waiting === undefined ? '' : ` ${waiting}`}`,
    );
  }
}

const DIGITS = 12;

/**
 * The place of a conversation on its route, in [0, 1): every request of a conversation has the same, because the first user message
 * decides, and so has the same question asked again. Keyed, so that no client can choose what it writes by it; of its own on each
 * route, so that two rollouts do not meet the same conversations.
 */
export function placeOf(route: string, messages: readonly unknown[], secret: string): number {
  const digest = createHmac('sha256', secret)
    .update(`rollout ${route} ${conversationKeyOf(messages, secret)}`)
    .digest('hex');
  return Number.parseInt(digest.slice(0, DIGITS), 16) / 16 ** DIGITS;
}
