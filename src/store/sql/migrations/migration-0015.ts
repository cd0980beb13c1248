import type { SchemaModule } from 'kysely';

/** Answers that clients asked to have kept for a while, and their items by the ids that clients name them by. */
export async function addKeptAnswers(schema: SchemaModule): Promise<void> {
  await schema
    .createTable('kept_answer')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('data_class', 'text')
    .addColumn('conversation', 'text', (column) => column.notNull())
    .addColumn('answer', 'text', (column) => column.notNull())
    .addColumn('bytes', 'integer', (column) => column.notNull())
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('expires_at_ms', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createIndex('kept_answer_tenant')
    .on('kept_answer')
    .columns(['tenant', 'created_at_ms'])
    .execute();
  await schema
    .createTable('kept_item')
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('answer_id', 'text', (column) => column.notNull())
    .addColumn('item', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('kept_item_key', ['tenant', 'id'])
    .execute();
  await schema.createIndex('kept_item_answer').on('kept_item').columns(['answer_id']).execute();
}
