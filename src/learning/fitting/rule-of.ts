import type { ConfidenceModel } from '../../routing/confidence/confidence.ts';
import type { PriceRule } from '../../routing/rules/price-rule.ts';
import { priorModel } from '../../routing/confidence/prior.ts';
import { tierModels, type FittedLadder } from './fit-ladder.ts';

/** The documents of a fitted ladder: what a rule needs of costs and columns, without a path. */
export function ruleParts(
  ladder: FittedLadder,
  noisePrice: number,
): Pick<PriceRule, 'askCost' | 'paidCost' | 'startColumns' | 'noisePrice'> {
  const { tiers } = ladder.table;
  return {
    noisePrice,
    askCost: Object.fromEntries(ladder.askCost.map((cost, tier) => [tiers[tier] ?? '', cost])),
    paidCost: Object.fromEntries(
      ladder.paidCost.flatMap((cost, tier) => (cost === undefined ? [] : [[tiers[tier] ?? '', cost]])),
    ),
    startColumns: ladder.start.columns,
  };
}

/** The confidence model of a fitted ladder; tiers that were not fitted have the one that needs no labels. */
export function confidenceModelOf(
  ladder: FittedLadder,
  name: string,
  evidence: Record<string, unknown>,
): ConfidenceModel {
  return { ...priorModel, name, tiers: tierModels(ladder), evidence };
}
