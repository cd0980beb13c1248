import type { LearningRoute } from '../learning/route-status.ts';
import type { Config } from './schema.ts';

/** The routes of a configuration, as far as learning goes. */
export function learningRoutes({ routes }: Pick<Config, 'routes'>): LearningRoute[] {
  return Object.entries(routes).map(([route, { tiers, objective }]) => {
    const aim = objective?.kind === 'last' ? objective.objective : undefined;
    return {
      route,
      tiers,
      ...(aim !== undefined && 'maxQualityLoss' in aim ? { promise: aim } : {}),
      ...(objective?.kind === 'thresholds' || objective?.kind === 'heuristic'
        ? { byHand: objective.kind }
        : {}),
    };
  });
}
