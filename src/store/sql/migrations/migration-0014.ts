import type { SchemaModule } from 'kysely';

/**
 * Whose answers are in the record, so that what is made of them says so; and what caches keep for an hour. Of rows from before
 * neither is known.
 */
export async function addSources(schema: SchemaModule): Promise<void> {
  await schema
    .createTable('source')
    .addColumn('hash', 'text', (column) => column.primaryKey().notNull())
    .addColumn('content', 'text', (column) => column.notNull())
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('served_model')
    .addColumn('upstream', 'text', (column) => column.notNull())
    .addColumn('model', 'text', (column) => column.notNull())
    .addColumn('server', 'text', (column) => column.notNull())
    .addColumn('details', 'text', (column) => column.notNull())
    .addColumn('read_at_ms', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('served_model_key', ['upstream', 'model'])
    .execute();
  await schema.alterTable('attempt').addColumn('source', 'text').execute();
  await schema.alterTable('attempt').addColumn('streamed', 'integer').execute();
  await schema.alterTable('attempt').addColumn('sampling', 'text').execute();
  await schema.alterTable('attempt').addColumn('cache_write_hour_tokens', 'integer').execute();
}
