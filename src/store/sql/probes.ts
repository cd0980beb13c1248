import type { StoreConnection } from './connection.ts';
import type { ProbeRow, Store } from '../contract/store.ts';
import { PROBE_COLUMNS, fromStored, toStored } from './tables.ts';

/** What probes learned of the upstreams' models: the latest row of each model. */
export function probeQueries({ kysely, guarded }: StoreConnection): Pick<Store, 'saveProbe' | 'probes'> {
  return {
    saveProbe: (probe) =>
      guarded(async () => {
        const row = toStored<ProbeRow>(PROBE_COLUMNS, probe);
        await kysely
          .insertInto('probe')
          .values(row)
          .onConflict((conflict) => conflict.columns(['upstream', 'model']).doUpdateSet(row))
          .execute();
      }),

    probes: () =>
      guarded(async () => {
        const rows = await kysely
          .selectFrom('probe')
          .selectAll()
          .orderBy('upstream')
          .orderBy('model')
          .execute();
        return rows.map((row) => fromStored<ProbeRow>(PROBE_COLUMNS, row));
      }),
  };
}
