import { defined } from '../defined.ts';
import type { LearningRoute } from '../learning/operators/route-status.ts';
import type { Config } from './schema/schema.ts';

/** What learning needs to know about each route of a configuration. */
export function learningRoutes(config: Pick<Config, 'routes' | 'learning' | 'store'>): LearningRoute[] {
  const { routes, learning } = config;
  const problem = problemOf(config);
  const nobodyJudges =
    learning !== undefined && learning.judge === undefined && learning.agreement === undefined;
  const settings = defined({
    problem,
    nobodyJudges: nobodyJudges ? (true as const) : undefined,
    dailyBudgetUsd: learning?.dailyBudgetUsd,
  });
  return Object.entries(routes).map(([route, { tiers, objective }]) => {
    const aim = objective?.kind === 'last' ? objective.objective : undefined;
    return {
      route,
      tiers,
      ...(aim !== undefined && 'maxQualityLoss' in aim ? { promise: aim, ...settings } : {}),
      ...(objective?.kind === 'thresholds' || objective?.kind === 'heuristic'
        ? { byHand: objective.kind }
        : {}),
    };
  });
}

/** Why no route of the configuration can learn, and what to change; undefined if they can. */
function problemOf({ learning, store }: Pick<Config, 'learning' | 'store'>): string | undefined {
  if (learning === undefined)
    return 'the configuration has no `learning` block, so nothing is audited; add `learning: { judge: NAME }` with a name in `models`, or `learning: { agreement: exact }`';
  if (learning.dailyBudgetUsd === 0)
    return '`learning.dailyBudgetUsd` is 0, so nothing is audited; set it to what audits may cost per day';
  if (store.path === ':memory:') return 'the store is in memory; set `store` to a file';
  return undefined;
}
