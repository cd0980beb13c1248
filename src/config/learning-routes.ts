import { defined } from '../defined.ts';
import { hasComparingSource } from '../learning/labels/sources/sources.ts';
import type { ConfiguredRoute } from '../learning/operators/route-status.ts';
import { ruleOf } from '../routing/rules/rules.ts';
import { locateStore } from '../store/open.ts';
import type { Config } from './schema/schema.ts';

/** The routes of a configuration, as far as learning goes. */
export function learningRoutes(config: Pick<Config, 'routes' | 'learning' | 'store'>): ConfiguredRoute[] {
  const { routes, learning } = config;
  const problem = problemOf(config);
  const nobodyJudges = learning === undefined || hasComparingSource(learning) ? undefined : (true as const);
  const said = defined({ problem, nobodyJudges, dailyBudgetUsd: learning?.dailyBudgetUsd });
  return Object.entries(routes).map(([route, { tiers, objective: data }]) => {
    if (data === undefined) return { route, tiers };
    const rule = ruleOf(data);
    const objective = rule.objective?.(data);
    if (objective !== undefined && 'maxQualityLoss' in objective)
      return { route, tiers, promise: objective, ...said };
    return rule.byHand === undefined ? { route, tiers } : { route, tiers, byHand: rule.kind };
  });
}

/** Why no route of the configuration can learn, and what to write; undefined where they can. */
function problemOf({ learning, store }: Pick<Config, 'learning' | 'store'>): string | undefined {
  if (learning === undefined)
    return 'the configuration has no `learning` block, so nothing is audited; write `learning: { judge: NAME }`, a name of `models`, or `learning: { agreement: exact }`';
  if (learning.dailyBudgetUsd === 0)
    return '`learning.dailyBudgetUsd` is 0, so nothing is audited; write what audits may cost a day';
  if (!locateStore(store).shared) return 'the store is in memory; name a file as the `store`';
  return undefined;
}
