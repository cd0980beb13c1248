import type { RuleData } from '../policy.ts';
import { heuristicRule } from './heuristic.ts';
import { lastRule } from './last.ts';
import { priceRule } from './price.ts';
import type { Objective } from './objective.ts';
import type { PolicyRule } from './rule.ts';
import { thresholdsRule } from './thresholds.ts';

/** Every policy rule there is. The keys of a route's `objective` are told in this order. */
export const RULES: readonly PolicyRule[] = [lastRule, thresholdsRule, heuristicRule, priceRule];

/**
 * The rule that these data belong to, which answers every question about them.
 * @throws {RangeError} where the table has no rule of this kind.
 */
export function ruleOf({ kind }: Pick<RuleData, 'kind'>, rules: readonly PolicyRule[] = RULES): PolicyRule {
  const found = rules.find((rule) => rule.kind === kind);
  if (found === undefined)
    throw new RangeError(
      `no policy rule is named '${kind}'; the table has: ${rules.map((rule) => rule.kind).join(', ')}`,
    );
  return found;
}

/** The objective that a version must meet to replace this rule; `undefined` if the rule waits for no version. */
export function awaitedObjective(rule: RuleData): Objective | undefined {
  const { awaitsVersion, objective } = ruleOf(rule);
  return awaitsVersion ? objective?.(rule) : undefined;
}
