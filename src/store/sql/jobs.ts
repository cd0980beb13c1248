import { WeirError } from '../../errors.ts';
import type { Connection, Run } from './connection.ts';
import { JOB_COLUMNS, LEARNING_EVENT_COLUMNS } from './learning-columns.ts';
import type { JobRow, JobStep, LearningEvent, LearningStore } from '../contract/learning-rows.ts';
import { VERSION_COLUMNS, VERSION_STEP_COLUMNS, fromStored, toStored } from './tables.ts';
import type { VersionRow, VersionStep } from '../contract/version-rows.ts';
import { forced } from '../contract/version-steps.ts';

type Forcing = NonNullable<JobStep['force']>;

/** Work that one process of many does, under a lease. */
export function jobQueries({
  kysely,
  guarded,
  atomically,
}: Connection): Pick<LearningStore, 'takeJob' | 'keepJob' | 'stepJob' | 'leaveJob' | 'jobs'> {
  const stepsOf = (run: Run, route: string): VersionStep[] =>
    run(kysely.selectFrom('versionStep').selectAll().where('route', '=', route).orderBy('number')).map(
      (row) => fromStored<VersionStep>(VERSION_STEP_COLUMNS, row),
    );

  /** Puts a version in force, or none. @param taken every step of the route so far. */
  const force = (run: Run, taken: readonly VersionStep[], { route, version, by }: Forcing, atMs: number) => {
    const next = forced(taken, version ?? undefined);
    if (next === undefined) return;
    const kept = kysely
      .selectFrom('version')
      .select('hash')
      .where('hash', '=', next.version ?? '');
    if (next.version !== undefined && run(kept.where('route', '=', route)).length === 0) {
      throw new WeirError(
        'invalid_request',
        `There is no version '${next.version}' of the route '${route}'.`,
      );
    }
    const step: VersionStep = { route, number: taken.length + 1, ...next, takenBy: by, takenAtMs: atMs };
    run(kysely.insertInto('versionStep').values(toStored<VersionStep>(VERSION_STEP_COLUMNS, step)));
  };

  const keep = (run: Run, { events, versions }: JobStep): void => {
    for (const version of versions) {
      const row = toStored<VersionRow>(VERSION_COLUMNS, version);
      run(
        kysely
          .insertInto('version')
          .values(row)
          .onConflict((conflict) => conflict.column('hash').doNothing()),
      );
    }
    for (const event of events)
      run(kysely.insertInto('learningEvent').values(toStored<LearningEvent>(LEARNING_EVENT_COLUMNS, event)));
  };

  return {
    takeJob: (name, holder, nowMs, untilMs) =>
      guarded(async () => {
        const taken = await kysely
          .insertInto('job')
          .values({ name, holder, leaseUntilMs: untilMs, state: null })
          .onConflict((conflict) =>
            conflict
              .column('name')
              .doUpdateSet({ holder, leaseUntilMs: untilMs })
              .where(({ or, eb }) => or([eb('job.holder', 'is', null), eb('job.leaseUntilMs', '<=', nowMs)])),
          )
          .returningAll()
          .executeTakeFirst();
        return taken === undefined ? undefined : fromStored<JobRow>(JOB_COLUMNS, taken);
      }),

    keepJob: (name, holder, untilMs) =>
      guarded(async () => {
        const { numUpdatedRows } = await kysely
          .updateTable('job')
          .set({ leaseUntilMs: untilMs })
          .where('name', '=', name)
          .where('holder', '=', holder)
          .executeTakeFirstOrThrow();
        return numUpdatedRows === 1n;
      }),

    stepJob: (name, holder, nowMs, step) =>
      atomically((run) => {
        const { state, force: forcing } = step;
        const taken = forcing === undefined ? [] : stepsOf(run, forcing.route);
        if (forcing !== undefined && (taken.at(-1)?.version ?? null) !== forcing.instead) return false;
        const held = run(
          kysely
            .updateTable('job')
            .set({ state })
            .where('name', '=', name)
            .where('holder', '=', holder)
            .returning('name'),
        );
        if (held.length === 0) return false;
        keep(run, step);
        if (forcing !== undefined) force(run, taken, forcing, nowMs);
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
