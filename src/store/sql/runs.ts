import type { StoreConnection } from './connection.ts';
import type { RunRow, Store } from '../contract/store.ts';
import { RUN_COLUMNS, fromStored, toStored } from './tables.ts';

/** The runs of gateways on this store. */
export function runQueries({
  kysely,
  guarded,
}: StoreConnection): Pick<Store, 'beginRun' | 'touchRun' | 'endRun' | 'unfinishedRuns' | 'settleRun'> {
  return {
    beginRun: (run) =>
      guarded(async () => {
        await kysely
          .insertInto('run')
          .values({ ...toStored<RunRow>(RUN_COLUMNS, run), settledAtMs: null })
          .execute();
      }),

    touchRun: (id, heartbeat) =>
      guarded(async () => {
        await kysely.updateTable('run').set(heartbeat).where('id', '=', id).execute();
      }),

    endRun: (id, atMs, dropped) =>
      guarded(async () => {
        await kysely
          .updateTable('run')
          .set({ lastSeenAtMs: atMs, writtenUpToMs: atMs, endedAtMs: atMs, dropped })
          .where('id', '=', id)
          .execute();
      }),

    unfinishedRuns: () =>
      guarded(async () => {
        const rows = await kysely
          .selectFrom('run')
          .selectAll()
          .where('endedAtMs', 'is', null)
          .where('settledAtMs', 'is', null)
          .orderBy('startedAtMs')
          .execute();
        return rows.map((row) => fromStored<RunRow>(RUN_COLUMNS, row));
      }),

    settleRun: (id, atMs) =>
      guarded(async () => {
        const { numUpdatedRows } = await kysely
          .updateTable('run')
          .set({ settledAtMs: atMs })
          .where('id', '=', id)
          .where('endedAtMs', 'is', null)
          .where('settledAtMs', 'is', null)
          .executeTakeFirstOrThrow();
        return numUpdatedRows > 0n;
      }),
  };
}
