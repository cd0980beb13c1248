/* oxlint-disable typescript/no-non-null-assertion -- the sums stay between the region's first and last m. */
import { binomialLowerTail, binomialMass } from './binomial.ts';
import type { RejectionRegion } from './paired-score.ts';

/** A mass below this has lost digits to underflow and is computed again. */
const UNDERFLOW = 1e-250;
/** Numbers of discordant pairs less likely than this are left out; together their chance is below 10⁻¹⁰. */
const NEGLIGIBLE = 1e-13;

/** The chance of a region, and its derivative. */
export interface RegionChance {
  readonly value: number;
  /** Its derivative with respect to the discordance. */
  readonly slope: number;
}

/**
 * The chance of the rejection region where a share `discordance` of pairs differ (margin < discordance < 1)
 * and the loss equals the margin: Σ over m of Bin(m; pairs, discordance) · P(Bin(m, ½(1 +
 * margin/discordance)) ≤ limit(m)). One pass over the m that matter, from the likeliest outwards: mass and
 * tail at (m ± 1, its limit) follow from those at m.
 */
export function regionChance(
  region: RejectionRegion,
  pairs: number,
  margin: number,
  discordance: number,
): RegionChance {
  const { first, last, limits } = region;
  const worse = 0.5 * (1 + margin / discordance);
  // Not from the margin: mass and tail at the centre are worked out from `worse` alone, and must agree with
  // the steps from there.
  const better = 1 - worse;
  const odds = discordance / (1 - discordance);
  const centre = Math.min(last, Math.max(first, Math.floor((pairs + 1) * discordance)));
  const centreWeight = binomialMass(centre, pairs, discordance);
  let value = 0;
  let slope = 0;

  const massAt = (limit: number, m: number): number => (limit < 0 ? 0 : binomialMass(limit, m, worse));

  /**
   * Adds the terms of m; the slope is Russo's formula: the outcomes that one more differing pair moves in or
   * out.
   */
  function add(m: number, weight: number, limit: number, mass: number, tail: number): void {
    value += weight * tail;
    if (m === last) return;
    const enters = limits[m + 1 - first]! > limit;
    const pivotal = enters
      ? limit < 0
        ? better ** m
        : (mass * (m - limit) * worse) / ((limit + 1) * better)
      : -mass;
    slope += 0.5 * weight * ((pairs - m) / (1 - discordance)) * pivotal;
  }

  const centreLimit = limits[centre - first]!;
  const centreMass = massAt(centreLimit, centre);
  const centreTail = binomialLowerTail(centreLimit, centre, worse);
  add(centre, centreWeight, centreLimit, centreMass, centreTail);

  let [weight, limit, mass, tail] = [centreWeight, centreLimit, centreMass, centreTail];
  for (let m = centre + 1; m <= last; m++) {
    weight *= ((pairs - m + 1) / m) * odds;
    if (weight < NEGLIGIBLE) break;
    if (limits[m - first] === limit) {
      tail -= worse * mass;
      mass *= (better * m) / (m - limit);
    } else if (limit < 0) {
      mass = tail = better ** m;
      limit = 0;
    } else {
      tail += (mass * worse * (m - 1 - limit)) / (limit + 1);
      mass *= (worse * m) / (limit + 1);
      limit++;
    }
    if (mass < UNDERFLOW) mass = massAt(limit, m);
    add(m, weight, limit, mass, tail);
  }

  [weight, limit, mass, tail] = [centreWeight, centreLimit, centreMass, centreTail];
  for (let m = centre - 1; m >= first && limit >= 0; m--) {
    weight *= (m + 1) / ((pairs - m) * odds);
    if (weight < NEGLIGIBLE) break;
    if (limits[m - first] === limit) {
      mass *= (m + 1 - limit) / (better * (m + 1));
      tail += worse * mass;
    } else {
      mass *= limit / (worse * (m + 1));
      tail = limit === 0 ? 0 : tail - (mass * worse * (m + 1 - limit)) / limit;
      limit--;
    }
    if (mass < UNDERFLOW) mass = massAt(limit, m);
    add(m, weight, limit, mass, tail);
  }
  return { value: Math.min(1, Math.max(0, value)), slope };
}
