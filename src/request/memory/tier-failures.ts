import { nanoDollars } from '../../format/money.ts';
import type { RaiseAlarm } from '../../telemetry/alarms.ts';
import { createExtraCosts } from './extra-costs.ts';
import { createFailureAllowance } from './failure-allowance.ts';

/** A tier that failed, and a request that could go on to another. */
export interface FailedTier {
  route: string;
  tier: string;
  upstream: string;
  /** What happened, in the gateway's words, without a full stop. */
  why: string;
  /** When the tier may be asked again, in milliseconds; absent where nobody knows. */
  retryAfterMs: number | undefined;
}

/** Lets requests go on to a later tier when one failed, while money allows. */
export interface TierFailures {
  /**
   * Asks for one request.
   * @param extra what it costs more with an answer of so many tokens, in nano-dollars.
   * @returns what is called when that is known; or why it may not be paid, and the earliest moment at which another try can help.
   */
  pay(
    failed: FailedTier,
    extra: (outputTokens: number) => number,
  ): { settle(known: PaidExtra): void } | { message: string; retryAfterMs: number };
}

/** What a request did cost more; what is not known is absent. */
export interface PaidExtra {
  nanoUsd?: number;
  outputTokens?: number;
}

export interface TierFailuresOptions {
  /** `routes.*.onTierFailure.maxExtraUsdPerHour` in nano-dollars, by route. */
  maxExtraNanoUsd: ReadonlyMap<string, number>;
  /** `upstreams.*.failureAllowancePerHour`, by upstream: until the key is gone. */
  perUpstream: ReadonlyMap<string, number>;
  raise: RaiseAlarm;
  /** Milliseconds that never run backwards. */
  now: () => number;
}

/** One failure now and then is no news. */
const NEWS = { failures: 5, withinMs: 300_000 };
/** Where nobody knows how long a tier will fail, the next try may help already: as long as a circuit that opens stays so. */
const TRY_AGAIN_MS = 5_000;

/** The length of answers under way, in tokens: before one is known, and of short ones. Too low, and many at once pass the limit. */
const ANSWER_TOKENS = { unknown: 16_384, least: 1_024 };

export function createTierFailures(options: TierFailuresOptions): TierFailures {
  const { maxExtraNanoUsd, perUpstream, raise, now } = options;
  const costs = createExtraCosts(maxExtraNanoUsd, now);
  const allowance = createFailureAllowance(perUpstream, now);
  /** When a route's tier last failed, a few times each. */
  const lately = new Map<string, number[]>();
  /** The longest answer that was paid for, by route. */
  const longest = new Map<string, number>();

  function boundOf(route: string, upstream: string): string {
    const limit = costs.limitOf(route);
    const requests = perUpstream.get(upstream);
    const bounds = [
      ...(limit === undefined ? [] : [`that has cost ${nanoDollars(limit)} more in an hour`]),
      ...(requests === undefined ? [] : [`${requests} have in an hour`]),
    ];
    return bounds.length === 0
      ? `nothing limits what that costs (\`routes.${route}.onTierFailure.maxExtraUsdPerHour\`)`
      : `until ${bounds.join(' or ')}`;
  }

  function tellOfTier({ route, tier, upstream, why }: FailedTier): void {
    const about = `${route}/${tier}`;
    const times = [...(lately.get(about) ?? []), now()].slice(-NEWS.failures);
    lately.set(about, times);
    const [first = 0] = times;
    if (times.length < NEWS.failures || now() - first > NEWS.withinMs) return;
    const message = `Tier '${tier}' of route '${route}' keeps failing (${why}). Its requests go on to a later tier; ${boundOf(route, upstream)}.`;
    raise({ kind: 'tier_failing', about, message });
  }

  function refuse(
    failed: FailedTier,
    retryAfterMs: number,
    limit: string,
  ): { message: string; retryAfterMs: number } {
    const { route, tier, why } = failed;
    const wait = Math.min(retryAfterMs, failed.retryAfterMs ?? TRY_AGAIN_MS);
    const refused = `what may be paid in an hour for asking a later tier instead is spent (${limit})`;
    raise({
      kind: 'failure_budget_spent',
      about: route,
      message: `Tier '${tier}' of route '${route}' fails (${why}), and ${refused}: its requests get status 503.`,
    });
    return {
      message: `Tier '${tier}' failed (${why}), and ${refused}; try again later.`,
      retryAfterMs: wait,
    };
  }

  return {
    pay(failed, extra) {
      tellOfTier(failed);
      const { route, upstream } = failed;
      const atMost = extra(longest.get(route) ?? ANSWER_TOKENS.unknown);
      const reserved = costs.reserve(route, atMost);
      if ('retryAfterMs' in reserved)
        return refuse(failed, reserved.retryAfterMs, `\`routes.${route}.onTierFailure.maxExtraUsdPerHour\``);
      const taken = allowance.take(upstream);
      if (taken.ok)
        return {
          settle({ nanoUsd = atMost, outputTokens }) {
            reserved.settle(nanoUsd);
            if (outputTokens === undefined) return;
            longest.set(route, Math.max(longest.get(route) ?? ANSWER_TOKENS.least, outputTokens));
          },
        };
      reserved.settle(0);
      return refuse(failed, taken.retryAfterMs, `\`upstreams.${upstream}.failureAllowancePerHour\``);
    },
  };
}
