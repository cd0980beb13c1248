import type { SchemaModule } from 'kysely';

/** Versions, and the steps that put them in force or took them out of it. Rows are only added to both. */
export async function createVersionTables(schema: SchemaModule): Promise<void> {
  await schema
    .createTable('version')
    .addColumn('hash', 'text', (column) => column.primaryKey().notNull())
    .addColumn('route', 'text', (column) => column.notNull())
    .addColumn('objective', 'text', (column) => column.notNull())
    .addColumn('certificate', 'text')
    .addColumn('parent', 'text')
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('content', 'text', (column) => column.notNull())
    .execute();

  await schema
    .createTable('version_step')
    .addColumn('route', 'text', (column) => column.notNull())
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('version', 'text', (column) => column.references('version.hash'))
    .addColumn('replaced', 'text', (column) => column.references('version.hash'))
    .addColumn('taken_by', 'text', (column) => column.notNull())
    .addColumn('taken_at_ms', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('version_step_key', ['route', 'number'])
    .execute();
}
