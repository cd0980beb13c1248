import { sql, type Transaction } from 'kysely';
import { WeirError } from '../../errors.ts';
import type { StoreConnection } from './connection.ts';
import { JOB_COLUMNS, LEARNING_EVENT_COLUMNS } from './learning-columns.ts';
import type { JobRow, JobStep, LearningEvent, LearningStore } from '../contract/learning-rows.ts';
import { addRolloutStep, lastRolloutStep } from './rollouts.ts';
import { VERSION_COLUMNS, VERSION_STEP_COLUMNS, fromStored, toStored, type Tables } from './tables.ts';
import type { VersionRow, VersionStep } from '../contract/version-rows.ts';
import { changeTo } from '../contract/version-steps.ts';

type Forcing = NonNullable<JobStep['force']>;

/** Work that one of several processes does at a time, under a lease. */
export function jobQueries({
  kysely,
  now,
  guarded,
  atomically,
}: StoreConnection): Pick<LearningStore, 'takeJob' | 'keepJob' | 'stepJob' | 'leaveJob' | 'jobs'> {
  const leaseFor = (ms: number) => sql<number>`${now} + ${ms}`;

  const stepsOf = async (transaction: Transaction<Tables>, route: string): Promise<VersionStep[]> => {
    const rows = await transaction
      .selectFrom('versionStep')
      .selectAll()
      .where('route', '=', route)
      .orderBy('number')
      .execute();
    return rows.map((row) => fromStored<VersionStep>(VERSION_STEP_COLUMNS, row));
  };

  /** Puts a version in force, or none. @param taken every step of the route until now. */
  const force = async (
    transaction: Transaction<Tables>,
    taken: readonly VersionStep[],
    { route, version, by }: Forcing,
    atMs: number,
  ): Promise<void> => {
    const next = changeTo(taken, version ?? undefined);
    if (next === undefined) return;
    if (next.version !== undefined) {
      const kept = await transaction
        .selectFrom('version')
        .select('hash')
        .where('hash', '=', next.version)
        .where('route', '=', route)
        .executeTakeFirst();
      if (kept === undefined)
        throw new WeirError(
          'invalid_request',
          `There is no version '${next.version}' of the route '${route}'.`,
        );
    }
    const step: VersionStep = { route, number: taken.length + 1, ...next, takenBy: by, takenAtMs: atMs };
    await transaction
      .insertInto('versionStep')
      .values(toStored<VersionStep>(VERSION_STEP_COLUMNS, step))
      .execute();
  };

  const keep = async (transaction: Transaction<Tables>, { events, versions }: JobStep): Promise<void> => {
    for (const version of versions)
      await transaction
        .insertInto('version')
        .values(toStored<VersionRow>(VERSION_COLUMNS, version))
        .onConflict((conflict) => conflict.column('hash').doNothing())
        .execute();
    for (const event of events)
      await transaction
        .insertInto('learningEvent')
        .values(toStored<LearningEvent>(LEARNING_EVENT_COLUMNS, event))
        .execute();
  };

  return {
    takeJob: (name, holder, leaseMs) =>
      guarded(async () => {
        const leaseUntilMs = leaseFor(leaseMs);
        const taken = await kysely
          .insertInto('job')
          .values({ name, holder, leaseUntilMs, state: null })
          .onConflict((conflict) =>
            conflict
              .column('name')
              .doUpdateSet({ holder, leaseUntilMs })
              .where(({ or, eb }) => or([eb('job.holder', 'is', null), eb('job.leaseUntilMs', '<=', now)])),
          )
          .returningAll()
          .executeTakeFirst();
        return taken === undefined ? undefined : fromStored<JobRow>(JOB_COLUMNS, taken);
      }),

    keepJob: (name, holder, leaseMs) =>
      guarded(async () => {
        const { numUpdatedRows } = await kysely
          .updateTable('job')
          .set({ leaseUntilMs: leaseFor(leaseMs) })
          .where('name', '=', name)
          .where('holder', '=', holder)
          .executeTakeFirstOrThrow();
        return numUpdatedRows === 1n;
      }),

    stepJob: (name, holder, atMs, step) =>
      atomically(async (transaction) => {
        const { state, force: forcing, rollout } = step;
        const taken = forcing === undefined ? [] : await stepsOf(transaction, forcing.route);
        if (forcing !== undefined && (taken.at(-1)?.version ?? null) !== forcing.instead) return false;
        if (rollout !== undefined) {
          const last = await lastRolloutStep(transaction, rollout.step.route);
          if ((last?.number ?? 0) !== rollout.after) return false;
        }
        const { numUpdatedRows } = await transaction
          .updateTable('job')
          .set({ state })
          .where('name', '=', name)
          .where('holder', '=', holder)
          .executeTakeFirstOrThrow();
        if (numUpdatedRows === 0n) return false;
        await keep(transaction, step);
        if (forcing !== undefined) await force(transaction, taken, forcing, atMs);
        if (rollout !== undefined) await addRolloutStep(transaction, rollout.step);
        return true;
      }),

    leaveJob: (name, holder) =>
      guarded(async () => {
        await kysely
          .updateTable('job')
          .set({ holder: null, leaseUntilMs: 0 })
          .where('name', '=', name)
          .where('holder', '=', holder)
          .execute();
      }),

    jobs: () =>
      guarded(async () => {
        const rows = await kysely.selectFrom('job').selectAll().orderBy('name').execute();
        return rows.map((row) => fromStored<JobRow>(JOB_COLUMNS, row));
      }),
  };
}
