import type { StoreConnection } from './connection.ts';
import { LEARNING_EVENT_COLUMNS, NUMBERED_AUDIT_COLUMNS, REFERENCE_COLUMNS } from './learning-columns.ts';
import type { LearningEvent, LearningStore, NumberedAudit, ReferenceRow } from '../contract/learning-rows.ts';
import { fromStored, toStored } from './tables.ts';

/** Rows per statement: each engine limits the parameters of one. */
const ROWS_AT_ONCE = 500;

/** Audits and references, from which routes learn, and the events of learning. */
export function learningQueries({
  kysely,
  settledUpTo,
  guarded,
  atomically,
}: StoreConnection): Pick<
  LearningStore,
  | 'audits'
  | 'auditCosts'
  | 'auditCostsOf'
  | 'saveReferences'
  | 'reference'
  | 'removeOutdatedReferences'
  | 'learningEvents'
> {
  return {
    audits: ({ route, afterNumber = 0, labelledSinceMs, limit }) =>
      guarded(async () => {
        // Asked first: an audit that is added between the two queries must not be skipped.
        const settled = await settledUpTo();
        let query = kysely
          .selectFrom('audit')
          .selectAll()
          .where('route', '=', route)
          .where('number', '>', afterNumber)
          .where('number', '<=', settled);
        if (labelledSinceMs !== undefined) {
          query = query.where('outcomeId', 'in', (verdicts) =>
            verdicts.selectFrom('label').select('outcomeId').where('createdAtMs', '>=', labelledSinceMs),
          );
        }
        const rows = await query.orderBy('number').limit(limit).execute();
        return rows.map((row) => fromStored<NumberedAudit>(NUMBERED_AUDIT_COLUMNS, row));
      }),

    auditCosts: ({ route, sinceMs }) =>
      guarded(async () => {
        const rows = await kysely
          .selectFrom('audit')
          .select(({ fn, eb }) => [
            'tenant',
            fn.sum<number | null>('worstNanoUsd').as('worst'),
            fn
              .sum<number | null>(
                eb.case().when('worstNanoUsd', 'is', null).then(eb.ref('costNanoUsd')).end(),
              )
              .as('answers'),
            fn
              .sum<number | null>(
                eb.case().when('worstNanoUsd', 'is', null).then(eb.ref('judgeNanoUsd')).end(),
              )
              .as('judges'),
          ])
          .where('route', '=', route)
          .where('createdAtMs', '>=', sinceMs)
          .groupBy('tenant')
          .execute();
        const known = rows.filter(({ worst, answers, judges }) => (worst ?? answers ?? judges) !== null);
        return new Map(
          known.map(({ tenant, worst, answers, judges }) => [
            tenant,
            (worst ?? 0) + (answers ?? 0) + (judges ?? 0),
          ]),
        );
      }),

    auditCostsOf: (outcomeIds) =>
      guarded(async () => {
        const costs = new Map<string, number>();
        for (let from = 0; from < outcomeIds.length; from += ROWS_AT_ONCE) {
          const rows = await kysely
            .selectFrom('audit')
            .select(['outcomeId', 'costNanoUsd', 'judgeNanoUsd', 'worstNanoUsd'])
            .where('outcomeId', 'in', outcomeIds.slice(from, from + ROWS_AT_ONCE))
            .execute();
          for (const { outcomeId, costNanoUsd, judgeNanoUsd, worstNanoUsd } of rows)
            costs.set(outcomeId, worstNanoUsd ?? (costNanoUsd ?? 0) + (judgeNanoUsd ?? 0));
        }
        return costs;
      }),

    saveReferences: (rows) =>
      atomically(async (transaction) => {
        const count = async (): Promise<number> => {
          const all = transaction
            .selectFrom('reference')
            .select(({ fn }) => fn.countAll<number>().as('rows'));
          return (await all.executeTakeFirstOrThrow()).rows;
        };
        const before = await count();
        for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
          const some = rows.slice(from, from + ROWS_AT_ONCE);
          await transaction
            .insertInto('reference')
            .values(some.map((row) => toStored<ReferenceRow>(REFERENCE_COLUMNS, row)))
            .onConflict((conflict) =>
              conflict.columns(['route', 'key']).doUpdateSet(({ ref }) => ({
                check: ref('excluded.check'),
                reference: ref('excluded.reference'),
                createdAtMs: ref('excluded.createdAtMs'),
              })),
            )
            .execute();
        }
        return (await count()) - before;
      }),

    reference: (route, key) =>
      guarded(async () => {
        const row = await kysely
          .selectFrom('reference')
          .selectAll()
          .where('route', '=', route)
          .where('key', '=', key)
          .executeTakeFirst();
        return row === undefined ? undefined : fromStored<ReferenceRow>(REFERENCE_COLUMNS, row);
      }),

    removeOutdatedReferences: (keyPrefix) =>
      guarded(async () => {
        const old = kysely.deleteFrom('reference').where('key', 'not like', `${keyPrefix}%`);
        return Number((await old.executeTakeFirst()).numDeletedRows);
      }),

    learningEvents: ({ route, limit }) =>
      guarded(async () => {
        let query = kysely.selectFrom('learningEvent').selectAll();
        if (route !== undefined) query = query.where('route', '=', route);
        const rows = await query.orderBy('number', 'desc').limit(limit).execute();
        return rows.map((row) => fromStored<LearningEvent>(LEARNING_EVENT_COLUMNS, row));
      }),
  };
}
