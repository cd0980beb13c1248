import type { Transaction } from 'kysely';
import type { StoreConnection } from './connection.ts';
import type { RolloutStep, RolloutStore } from '../contract/rollout-rows.ts';
import { ROLLOUT_STEP_COLUMNS, fromStored, toStored, type Tables } from './tables.ts';

/** Steps of rollouts: each is one row, and the last one of a route says what was stated last. */
export function rolloutQueries({ kysely, guarded, atomically }: StoreConnection): RolloutStore {
  const steps = async (route?: string): Promise<RolloutStep[]> => {
    let query = kysely.selectFrom('rolloutStep').selectAll();
    if (route !== undefined) query = query.where('route', '=', route);
    const rows = await query.orderBy('route').orderBy('number').execute();
    return rows.map((row) => fromStored<RolloutStep>(ROLLOUT_STEP_COLUMNS, row));
  };
  return {
    rollouts: () => guarded(async () => new Map((await steps()).map((step) => [step.route, step]))),
    rolloutSteps: (route) => guarded(() => steps(route)),
    stepRollout: (step) => atomically((transaction) => addRolloutStep(transaction, step)),
  };
}

/** The newest step of a route. */
export async function lastRolloutStep(
  transaction: Transaction<Tables>,
  route: string,
): Promise<RolloutStep | undefined> {
  const row = await transaction
    .selectFrom('rolloutStep')
    .selectAll()
    .where('route', '=', route)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? undefined : fromStored<RolloutStep>(ROLLOUT_STEP_COLUMNS, row);
}

export async function addRolloutStep(
  transaction: Transaction<Tables>,
  step: Omit<RolloutStep, 'number'>,
): Promise<RolloutStep> {
  const number = ((await lastRolloutStep(transaction, step.route))?.number ?? 0) + 1;
  const added = { ...step, number };
  await transaction
    .insertInto('rolloutStep')
    .values(toStored<RolloutStep>(ROLLOUT_STEP_COLUMNS, added))
    .execute();
  return added;
}
