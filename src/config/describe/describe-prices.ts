import { andList } from '../../format/and-list.ts';
import { percent } from '../../format/percent.ts';
import type { Policy, Tier } from '../../routing/policy.ts';
import { awaitedObjective } from '../../routing/rules/rules.ts';

/** What a model costs for as many tokens in as out; `undefined` where it has no price. */
function costOf({ price }: Tier): number | undefined {
  return price === undefined ? undefined : price.input + price.output;
}

/** The tiers whose price is not known. */
export function unpricedTiers({ tiers }: Pick<Policy, 'tiers'>): string[] {
  return tiers.filter(({ price }) => price === undefined).map(({ name }) => name);
}

/** Whether a route can learn or be tuned only with prices, and has not all of them. */
export function lacksPrices(policy: Policy): boolean {
  return awaitedObjective(policy.rule) !== undefined && unpricedTiers(policy).length > 0;
}

/** What prices mean for a route: those that are missing, with what to write; a ladder in the wrong order; where it pays. */
export function describePrices(policy: Policy): string[] {
  const unpriced = unpricedTiers(policy);
  if (unpriced.length > 0) return [describeMissing(policy, unpriced)];
  const { tiers } = policy;
  const last = tiers.at(-1);
  if (last === undefined || tiers.length < 2) return [];
  const costs = tiers.map((tier) => costOf(tier) ?? NaN);
  const lastCost = costs.at(-1) ?? NaN;
  const wrong = tiers
    .slice(1)
    .flatMap((tier, index) =>
      (costs[index] ?? NaN) > (costs[index + 1] ?? NaN)
        ? [
            `${tiers[index]?.name ?? ''} costs more than ${tier.name} by their prices, so the ladder is in the wrong order: put the cheaper tier first.`,
          ]
        : [],
    );
  if (wrong.length > 0 || !(lastCost > 0)) return wrong;
  const before = costs.slice(0, -1).reduce((sum, cost) => sum + cost, 0) / lastCost;
  const names = andList(tiers.slice(0, -1).map(({ name }) => name));
  return before < 1
    ? [
        `By their prices, and for answers of the same length, the ladder costs less than ${last.name} alone if ${names} ${tiers.length > 2 ? 'together serve' : 'serves'} more than ${percent(before)} of the requests.`,
      ]
    : [
        `Do not cascade: by their prices ${names} ${tiers.length > 2 ? 'together cost' : 'costs'} ${percent(before)} of what ${last.name} does, so asking before ${last.name} saves nothing. It can pay below 100.0 %.`,
      ];
}

function describeMissing(policy: Policy, unpriced: readonly string[]): string {
  const one = unpriced.length === 1;
  const without = lacksPrices(policy)
    ? 'the route learns nothing and cannot be tuned, and costs and savings are left out'
    : 'costs and savings are left out';
  return `${one ? 'The price' : 'The prices'} of ${andList(unpriced)} ${one ? 'is' : 'are'} not known: ${without}. Write ${unpriced.map((name) => `models.${name}.price: { input: …, output: … }`).join(' and ')}, in US dollars per million tokens; where nothing is billed, what the machine costs, or prices in proportion to the models' parameters or speed.`;
}
