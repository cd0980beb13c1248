import { hasComparingSource } from '../learning/labels/sources/sources.ts';
import type { ConfiguredRoute } from '../learning/operators/route-status.ts';
import { locateStore } from '../store/open.ts';
import type { Config } from './schema/schema.ts';

/** The routes of a configuration, as far as learning goes. */
export function learningRoutes(config: Pick<Config, 'routes' | 'learning' | 'store'>): ConfiguredRoute[] {
  const { routes, learning } = config;
  const problem = problemOf(config);
  const nobodyJudges = learning !== undefined && !hasComparingSource(learning);
  const said = {
    ...(problem === undefined ? {} : { problem }),
    ...(nobodyJudges ? { nobodyJudges } : {}),
    ...(learning === undefined ? {} : { dailyBudgetUsd: learning.dailyBudgetUsd }),
  };
  return Object.entries(routes).map(([route, { tiers, objective }]) => {
    const aim = objective?.kind === 'last' ? objective.objective : undefined;
    return {
      route,
      tiers,
      ...(aim !== undefined && 'maxQualityLoss' in aim ? { promise: aim, ...said } : {}),
      ...(objective?.kind === 'thresholds' || objective?.kind === 'heuristic'
        ? { byHand: objective.kind }
        : {}),
    };
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
