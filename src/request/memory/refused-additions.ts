import type { AskedTier } from '../../upstream/asked-tier.ts';
import type { Need } from '../../upstream/needs.ts';
import { REFUSAL_HOLDS_MS } from './abilities.ts';

/** What a server has refused of what the gateway adds to requests. */
export type Additions = Pick<AskedTier, 'logprobs' | 'streamUsage'>;

/**
 * Remembers what one model's server does not take beside a client's own request. A refusal holds for requests that need at least as
 * much, at once for the key whose request it was, and for all others once a second key's was refused too.
 */
export interface RefusedAdditions {
  /** How the model is asked for such a request; the same object where nothing was refused. */
  asking(asked: AskedTier, needs: readonly Need[], keyId: string): AskedTier;
  /** It answered once this was left out. */
  refused(additions: Additions, needs: readonly Need[], keyId: string): void;
}

interface Refusal {
  additions: Additions;
  needs: readonly Need[];
  keys: Set<string>;
  sinceMs: number;
}

/** Sets of needs are few; of keys only the second matters. */
const MOST = 64;

/** @param now milliseconds since the epoch. */
export function createRefusedAdditions(now: () => number): RefusedAdditions {
  let refusals: Refusal[] = [];
  return {
    asking(asked, needs, keyId) {
      if (refusals.length === 0) return asked;
      refusals = refusals.filter(({ sinceMs }) => now() - sinceMs < REFUSAL_HOLDS_MS);
      const apply = refusals.filter(
        (each) =>
          (each.keys.size > 1 || each.keys.has(keyId)) && each.needs.every((need) => needs.includes(need)),
      );
      if (apply.length === 0) return asked;
      const without = Object.assign({}, asked, ...apply.map((each) => each.additions)) as AskedTier;
      return apply.some((each) => each.additions.logprobs === 'none')
        ? { ...without, logprobs: 'none' }
        : without;
    },
    refused(additions, needs, keyId) {
      const same = refusals.find(
        (each) =>
          each.needs.length === needs.length &&
          each.needs.every((need) => needs.includes(need)) &&
          each.additions.logprobs === additions.logprobs &&
          each.additions.streamUsage === additions.streamUsage,
      );
      if (same === undefined) refusals.push({ additions, needs, keys: new Set([keyId]), sinceMs: now() });
      else if (same.keys.size < 2) same.keys.add(keyId);
      if (refusals.length > MOST) refusals.shift();
    },
  };
}
