/** One tier of a planned cascade. `price` is the cost of a typical question there; all prices are in one unit. */
export interface PlannedTier {
  price: number;
  /** Share of the questions reaching it that its answer settles, 0..1. */
  kept: number;
}

/** What is expected of a cascade. */
export interface SavingsPlan {
  /** Every tier but the last, in the order they are asked. */
  tiers: readonly PlannedTier[];
  /** The last tier's price; positive. */
  lastPrice: number;
  /** Share of all requests that a cache answers, 0..1; 0 by default. */
  cached?: number;
  /** The cost of a request that the cache answers; 0 by default. */
  cachePrice?: number;
  /** Share of the requests past the cache that are audited, so that every tier is asked; 0 by default. */
  audited?: number;
}

/** One item of the cost, as a share of what always asking the last tier costs. */
export interface SavingsItem {
  on: 'cache' | 'tier' | 'last' | 'audits';
  /** With `tier`: its position in the plan. */
  tier?: number;
  /** Share of all requests that pay for it. */
  reached: number;
  relativeCost: number;
}

export interface Savings {
  /** In the order in which they are paid; their sum is `relativeCost`. */
  items: SavingsItem[];
  /** Cost ÷ always asking the last tier, without a cache. */
  relativeCost: number;
  /** 1 − relativeCost; below 0 the cascade costs more. */
  saved: number;
  /** The cost of always asking the last tier behind the same cache, to tell the cache's saving from the cascade's. */
  cacheAlone: number;
  /** Share of the requests past the cache that the last tier has to answer. */
  escalatedToLast: number;
  /**
   * The cascade costs less than always asking the last tier if the first tier settles more than this share of its
   * questions, and the later tiers what is planned: 0 if it pays however little is settled. Undefined if it never pays.
   */
  breakEvenKept: number | undefined;
}

/**
 * The arithmetic of a cascade. Each tier is paid for every question that reaches it, and passes on the share that it does
 * not settle: with two tiers the cost is r + ρ, where r is the small price over the last one's and ρ the share escalated.
 * Throws RangeError, with what is wrong, on an impossible plan.
 */
export function savings(plan: SavingsPlan): Savings {
  const { tiers, lastPrice, cached = 0, cachePrice = 0, audited = 0 } = plan;
  validate(plan);
  const past = 1 - cached;
  const reached = reachedShares(tiers);
  const escalatedToLast = reached.at(-1) ?? 1;
  const prices = [...tiers.map(({ price }) => price), lastPrice];
  const items: SavingsItem[] = prices.map((price, tier) => {
    const share = past * (reached[tier] ?? 0);
    const relativeCost = (share * price) / lastPrice;
    return tier < tiers.length
      ? { on: 'tier', tier, reached: share, relativeCost }
      : { on: 'last', reached: share, relativeCost };
  });
  // An audit asks every tier, so it costs extra for those that the cascade would not have asked.
  const unasked = sum(prices.map((price, tier) => price * (1 - (reached[tier] ?? 0)))) / lastPrice;
  if (audited > 0)
    items.push({ on: 'audits', reached: past * audited, relativeCost: past * audited * unasked });
  if (cached > 0)
    items.unshift({ on: 'cache', reached: cached, relativeCost: (cached * cachePrice) / lastPrice });
  const relativeCost = sum(items.map((item) => item.relativeCost));
  return {
    items,
    relativeCost,
    saved: 1 - relativeCost,
    cacheAlone: past + (cached * cachePrice) / lastPrice,
    escalatedToLast,
    breakEvenKept: breakEven(plan),
  };
}

/** The share of questions that reaches each tier, the last one included. */
function reachedShares(tiers: readonly PlannedTier[]): number[] {
  return tiers.reduce((shares, { kept }) => [...shares, (shares.at(-1) ?? 1) * (1 - kept)], [1]);
}

/**
 * Past the cache the cost is (1 − a)(r + ρ·after) + a·all, with a the share audited, `all` the price of asking every tier
 * and `after` what an escalated question costs from there on; it is 1 at the ρ sought.
 */
function breakEven({ tiers, lastPrice, audited = 0 }: SavingsPlan): number | undefined {
  const [first, ...later] = tiers;
  if (first === undefined || audited >= 1) return undefined;
  const all = sum([...tiers.map(({ price }) => price), lastPrice]) / lastPrice;
  const reached = reachedShares(later);
  const after = sum([...later.map(({ price }) => price), lastPrice].map((p, i) => p * (reached[i] ?? 0)));
  const left = (1 - audited * all) / (1 - audited) - first.price / lastPrice;
  if (left <= 0) return undefined;
  return after === 0 ? 0 : Math.max(0, 1 - (left * lastPrice) / after);
}

function validate({ tiers, lastPrice, cached = 0, cachePrice = 0, audited = 0 }: SavingsPlan): void {
  if (tiers.length === 0) throw new RangeError('a cascade needs a tier before the last one');
  const prices: [string, number][] = [
    ...tiers.map(({ price }, index): [string, number] => [`tier ${index + 1}`, price]),
    ['the last tier', lastPrice],
    ['the cache', cachePrice],
  ];
  const shares: [string, number][] = [
    ...tiers.map(({ kept }, index): [string, number] => [`the share that tier ${index + 1} keeps`, kept]),
    ['the share cached', cached],
    ['the share audited', audited],
  ];
  for (const [whose, price] of prices) {
    if (!(price >= 0 && price < Infinity))
      throw new RangeError(`the price of ${whose} is ${price}; it must be 0 or more`);
  }
  if (lastPrice === 0) throw new RangeError('the price of the last tier is 0, so nothing can be saved');
  for (const [which, share] of shares) {
    if (!(share >= 0 && share <= 1)) throw new RangeError(`${which} is ${share}; it must be within 0..1`);
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
