import type { Connection } from './connection.ts';
import type { AttemptRow, Label, OutcomeRow, Store } from './store.ts';
import { ATTEMPT_COLUMNS, LABEL_COLUMNS, OUTCOME_COLUMNS, fromStored } from './tables.ts';

/** What was decided, asked and judged. */
export function outcomeQueries({
  kysely,
  guarded,
  write,
}: Connection): Pick<Store, 'write' | 'decision' | 'outcomes' | 'counts'> {
  return {
    write,

    decision: (outcomeId, tenant) =>
      guarded(async () => {
        const outcome = await kysely
          .selectFrom('outcome')
          .selectAll()
          .where('id', '=', outcomeId)
          .where('tenant', '=', tenant)
          .executeTakeFirst();
        if (outcome === undefined) return undefined;
        const attempts = await kysely
          .selectFrom('attempt')
          .selectAll()
          .where('outcomeId', '=', outcomeId)
          .orderBy('position')
          .execute();
        const labels = await kysely
          .selectFrom('label')
          .selectAll()
          .where('outcomeId', '=', outcomeId)
          .orderBy('createdAtMs')
          .orderBy('tier')
          .orderBy('source')
          .execute();
        return {
          outcome: fromStored<OutcomeRow>(OUTCOME_COLUMNS, outcome),
          attempts: attempts.map((row) => fromStored<AttemptRow>(ATTEMPT_COLUMNS, row)),
          labels: labels.map((row) => fromStored<Label>(LABEL_COLUMNS, row)),
        };
      }),

    outcomes: ({ tenant, route, sinceMs, limit }) =>
      guarded(async () => {
        let query = kysely.selectFrom('outcome').selectAll();
        if (tenant !== undefined) query = query.where('tenant', '=', tenant);
        if (route !== undefined) query = query.where('route', '=', route);
        if (sinceMs !== undefined) query = query.where('createdAtMs', '>=', sinceMs);
        const rows = await query.orderBy('createdAtMs', 'desc').orderBy('id', 'desc').limit(limit).execute();
        return rows.map((row) => fromStored<OutcomeRow>(OUTCOME_COLUMNS, row));
      }),

    counts: () =>
      guarded(async () => {
        const count = async (table: 'outcome' | 'attempt' | 'label') => {
          const { rows } = await kysely
            .selectFrom(table)
            .select(({ fn }) => fn.countAll<number>().as('rows'))
            .executeTakeFirstOrThrow();
          return rows;
        };
        return {
          outcomes: await count('outcome'),
          attempts: await count('attempt'),
          labels: await count('label'),
        };
      }),
  };
}
