import type { SchemaModule } from 'kysely';

/** Shares of routes that were stated while a gateway ran, and whether an audit's answers came to the same. */
export async function addRollouts(schema: SchemaModule): Promise<void> {
  await schema
    .createTable('rollout_step')
    .addColumn('route', 'text', (column) => column.notNull())
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('share', 'double precision', (column) => column.notNull())
    .addColumn('configured', 'double precision', (column) => column.notNull())
    .addColumn('why', 'text')
    .addColumn('taken_by', 'text', (column) => column.notNull())
    .addColumn('taken_at_ms', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('rollout_step_key', ['route', 'number'])
    .execute();
  await schema.alterTable('audit').addColumn('sameness', 'text').execute();
}
