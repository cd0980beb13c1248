import { defined } from '../../defined.ts';
import type { StoreConnection } from './connection.ts';
import { AUDIT_COLUMNS } from './learning-columns.ts';
import type { AuditRow } from '../contract/learning-rows.ts';
import type { AttemptRow, OutcomeRow } from '../contract/outcome-rows.ts';
import type { Decision, Label, Store } from '../contract/store.ts';
import { ATTEMPT_COLUMNS, LABEL_COLUMNS, OUTCOME_COLUMNS, fromStored, type Stored } from './tables.ts';

/** Requests, with their attempts and labels. */
export function outcomeQueries({
  kysely,
  guarded,
  write,
}: StoreConnection): Pick<Store, 'write' | 'decision' | 'outcomes' | 'history' | 'counts'> {
  /** Adds to outcomes what belongs to them; keeps their order. */
  async function decisionsOf(outcomes: readonly Stored<OutcomeRow>[]): Promise<Decision[]> {
    const ids = outcomes.map(({ id }) => id);
    if (ids.length === 0) return [];
    const attempts = await kysely
      .selectFrom('attempt')
      .selectAll()
      .where('outcomeId', 'in', ids)
      .orderBy('position')
      .execute();
    const labels = await kysely
      .selectFrom('label')
      .selectAll()
      .where('outcomeId', 'in', ids)
      .orderBy('createdAtMs')
      .orderBy('tier')
      .orderBy('source')
      .execute();
    const audits = await kysely.selectFrom('audit').selectAll().where('outcomeId', 'in', ids).execute();
    const auditOf = new Map(audits.map((row) => [row.outcomeId, row]));
    const attemptsOf = Map.groupBy(attempts, ({ outcomeId }) => outcomeId);
    const labelsOf = Map.groupBy(labels, ({ outcomeId }) => outcomeId);
    return outcomes.map((outcome) => {
      const audit = auditOf.get(outcome.id);
      return defined({
        outcome: fromStored<OutcomeRow>(OUTCOME_COLUMNS, outcome),
        attempts: (attemptsOf.get(outcome.id) ?? []).map((row) =>
          fromStored<AttemptRow>(ATTEMPT_COLUMNS, row),
        ),
        labels: (labelsOf.get(outcome.id) ?? []).map((row) => fromStored<Label>(LABEL_COLUMNS, row)),
        audit: audit === undefined ? undefined : fromStored<AuditRow>(AUDIT_COLUMNS, audit),
      });
    });
  }

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
        const [decision] = await decisionsOf([outcome]);
        return decision;
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

    history: ({ route, sinceMs, afterId, limit }) =>
      guarded(async () => {
        let query = kysely.selectFrom('outcome').selectAll();
        if (route !== undefined) query = query.where('route', '=', route);
        if (sinceMs !== undefined) query = query.where('createdAtMs', '>=', sinceMs);
        if (afterId !== undefined) query = query.where('id', '>', afterId);
        const outcomes = await query.orderBy('id').limit(limit).execute();
        return decisionsOf(outcomes);
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
