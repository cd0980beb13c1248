import type { ServedModelRow, SourceRow, SourceStore } from '../contract/source-rows.ts';
import type { StoreConnection } from './connection.ts';
import { SERVED_MODEL_COLUMNS, SOURCE_COLUMNS, fromStored, toStored } from './tables.ts';

/** Whose answers are in the record, and what servers told of their models. */
export function sourceQueries({ kysely, guarded }: StoreConnection): SourceStore {
  return {
    saveSources: (rows) =>
      guarded(async () => {
        for (const row of rows)
          await kysely
            .insertInto('source')
            .values(toStored<SourceRow>(SOURCE_COLUMNS, row))
            .onConflict((conflict) => conflict.column('hash').doNothing())
            .execute();
      }),

    sources: () =>
      guarded(async () => {
        const rows = await kysely.selectFrom('source').selectAll().orderBy('createdAtMs').execute();
        return rows.map((row) => fromStored<SourceRow>(SOURCE_COLUMNS, row));
      }),

    saveServedModels: (rows) =>
      guarded(async () => {
        for (const each of rows) {
          const row = toStored<ServedModelRow>(SERVED_MODEL_COLUMNS, each);
          await kysely
            .insertInto('servedModel')
            .values(row)
            .onConflict((conflict) => conflict.columns(['upstream', 'model']).doUpdateSet(row))
            .execute();
        }
      }),

    servedModels: () =>
      guarded(async () => {
        const rows = await kysely
          .selectFrom('servedModel')
          .selectAll()
          .orderBy('upstream')
          .orderBy('model')
          .execute();
        return rows.map((row) => fromStored<ServedModelRow>(SERVED_MODEL_COLUMNS, row));
      }),
  };
}
