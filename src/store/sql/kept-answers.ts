import type { Kysely } from 'kysely';
import type { KeptAnswerRow, KeptItemRow, KeptStore } from '../contract/kept-rows.ts';
import type { StoreConnection } from './connection.ts';
import { fromStored, KEPT_ANSWER_COLUMNS, KEPT_ITEM_COLUMNS, toStored, type Tables } from './tables.ts';

/** Answers that clients asked to have kept: rows that expire. */
export function keptQueries({ kysely, guarded, atomically }: StoreConnection): KeptStore {
  return {
    keepAnswer: (row, items, mostBytes) =>
      atomically(async (transaction) => {
        await dropExpired(transaction, row.createdAtMs);
        await makeRoom(transaction, row, mostBytes);
        await transaction
          .insertInto('keptAnswer')
          .values(toStored<KeptAnswerRow>(KEPT_ANSWER_COLUMNS, row))
          .execute();
        for (const item of items) {
          const stored = toStored<KeptItemRow>(KEPT_ITEM_COLUMNS, item);
          await transaction
            .insertInto('keptItem')
            .values(stored)
            .onConflict((conflict) => conflict.columns(['tenant', 'id']).doUpdateSet(stored))
            .execute();
        }
      }),

    keptAnswer: (id, tenant, nowMs) =>
      guarded(async () => {
        const row = await kysely
          .selectFrom('keptAnswer')
          .selectAll()
          .where('id', '=', id)
          .where('tenant', '=', tenant)
          .where('expiresAtMs', '>', nowMs)
          .executeTakeFirst();
        return row === undefined ? undefined : fromStored<KeptAnswerRow>(KEPT_ANSWER_COLUMNS, row);
      }),

    keptItems: (ids, tenant, nowMs) =>
      guarded(async () => {
        if (ids.length === 0) return new Map();
        const rows = await kysely
          .selectFrom('keptItem')
          .innerJoin('keptAnswer', 'keptAnswer.id', 'keptItem.answerId')
          .select(['keptItem.id as id', 'keptItem.item as item', 'keptAnswer.dataClass as dataClass'])
          .where('keptItem.id', 'in', [...ids])
          .where('keptItem.tenant', '=', tenant)
          .where('keptAnswer.expiresAtMs', '>', nowMs)
          .execute();
        return new Map(
          rows.map(({ id, item, dataClass }) => [id, dataClass === null ? { item } : { item, dataClass }]),
        );
      }),

    forgetAnswer: (id, tenant) =>
      atomically(async (transaction) => {
        const found = await transaction
          .selectFrom('keptAnswer')
          .select('id')
          .where('id', '=', id)
          .where('tenant', '=', tenant)
          .executeTakeFirst();
        if (found !== undefined) await drop(transaction, [id]);
        return found !== undefined;
      }),

    dropExpiredAnswers: (nowMs) => atomically((transaction) => dropExpired(transaction, nowMs)),
  };
}

async function dropExpired(kysely: Kysely<Tables>, nowMs: number): Promise<void> {
  const expired = await kysely
    .selectFrom('keptAnswer')
    .select('id')
    .where('expiresAtMs', '<=', nowMs)
    .execute();
  await drop(
    kysely,
    expired.map(({ id }) => id),
  );
}

/** Drops the oldest answers of a tenant until another one fits. */
async function makeRoom(
  kysely: Kysely<Tables>,
  { tenant, bytes }: KeptAnswerRow,
  mostBytes: number,
): Promise<void> {
  const rows = await kysely
    .selectFrom('keptAnswer')
    .select(['id', 'bytes'])
    .where('tenant', '=', tenant)
    .orderBy('createdAtMs', 'desc')
    .execute();
  let taken = bytes;
  const tooMuch = rows.filter((row) => (taken += row.bytes) > mostBytes);
  await drop(
    kysely,
    tooMuch.map(({ id }) => id),
  );
}

/** SQL has a limit on the values of one statement. */
const AT_A_TIME = 500;

async function drop(kysely: Kysely<Tables>, ids: readonly string[]): Promise<void> {
  for (let from = 0; from < ids.length; from += AT_A_TIME) {
    const some = ids.slice(from, from + AT_A_TIME);
    await kysely.deleteFrom('keptItem').where('answerId', 'in', some).execute();
    await kysely.deleteFrom('keptAnswer').where('id', 'in', some).execute();
  }
}
