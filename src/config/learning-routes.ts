import { defined } from '../defined.ts';
import { configuredShare } from './configured-share.ts';
import { hasComparingSource } from '../learning/labels/sources/sources.ts';
import type { ConfiguredRoute } from '../learning/operators/route-status.ts';
import { ruleOf } from '../routing/rules/rules.ts';
import { locateStore } from '../store/open.ts';
import type { Config } from './schema/schema.ts';

/** What learning needs to know about each route of a configuration. */
export function learningRoutes(config: Pick<Config, 'routes' | 'learning' | 'store'>): ConfiguredRoute[] {
  const { routes, learning } = config;
  const problem = problemOf(config);
  const nobodyJudges = learning === undefined || hasComparingSource(learning) ? undefined : (true as const);
  const settings = defined({ problem, nobodyJudges, dailyBudgetUsd: learning?.dailyBudgetUsd });
  return Object.entries(routes).map(([route, configured]) => {
    const { tiers, objective: data } = configured;
    const share = configuredShare(configured);
    const known = share === 1 ? { route, tiers } : { route, tiers, share };
    if (data === undefined) return known;
    const rule = ruleOf(data);
    const objective = rule.objective?.(data);
    if (objective !== undefined && 'maxQualityLoss' in objective)
      return { ...known, promise: objective, ...settings };
    return rule.byHand === undefined ? known : { ...known, byHand: rule.kind };
  });
}

/** Why no route of the configuration can learn, and what to change; undefined if they can. */
function problemOf({ learning, store }: Pick<Config, 'learning' | 'store'>): string | undefined {
  if (learning === undefined)
    return 'the configuration has no `learning` block, so nothing is audited; add `learning: { judge: NAME }` with a name in `models`, or `learning: { agreement: exact }`';
  if (learning.dailyBudgetUsd === 0)
    return '`learning.dailyBudgetUsd` is 0, so nothing is audited; set it to what audits may cost per day';
  if (!locateStore(store).shared) return 'the store is in memory; set `store` to a file';
  return undefined;
}
