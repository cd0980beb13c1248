import { sql, type SchemaModule } from 'kysely';
import type { DeclareAutoNumbered } from '../connection.ts';

/** What routes learn from: audits and references. And what learning did: its events, and its jobs with their leases. */
export async function createLearningTables(
  schema: SchemaModule,
  autoNumbered: DeclareAutoNumbered,
): Promise<void> {
  await schema
    .createTable('audit')
    // Never reused, so a reader can continue after the last number it saw; `settledUpTo` says how far it may read.
    .addColumn('number', 'integer', autoNumbered)
    .addColumn('outcome_id', 'text', (column) =>
      column.notNull().unique().references('outcome.id').onDelete('cascade'),
    )
    .addColumn('route', 'text', (column) => column.notNull())
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('propensity', 'double precision', (column) => column.notNull())
    .addColumn('policy_hash', 'text', (column) => column.notNull())
    .addColumn('conversation', 'text')
    .addColumn('attempts', 'text', (column) => column.notNull())
    .addColumn('complete', 'integer', (column) => column.notNull())
    .addColumn('cost_nano_usd', 'bigint')
    .addColumn('judge_nano_usd', 'bigint')
    .addColumn('problem', 'text')
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addCheckConstraint('audit_propensity', sql`propensity > 0 and propensity <= 1`)
    .execute();
  await schema.createIndex('audit_route_number').on('audit').columns(['route', 'number']).execute();
  await schema
    .createIndex('audit_route_created_at_ms')
    .on('audit')
    .columns(['route', 'created_at_ms'])
    .execute();

  await schema.createIndex('label_created_at_ms').on('label').column('created_at_ms').execute();

  await schema
    .createTable('reference')
    .addColumn('route', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('check', 'text', (column) => column.notNull())
    .addColumn('reference', 'text', (column) => column.notNull())
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('reference_key', ['route', 'key'])
    .execute();

  await schema
    .createTable('learning_event')
    .addColumn('number', 'integer', autoNumbered)
    .addColumn('route', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('message', 'text', (column) => column.notNull())
    .addColumn('details', 'text', (column) => column.notNull())
    .addColumn('version', 'text')
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createIndex('learning_event_route_number')
    .on('learning_event')
    .columns(['route', 'number'])
    .execute();

  await schema
    .createTable('job')
    .addColumn('name', 'text', (column) => column.primaryKey().notNull())
    .addColumn('holder', 'text')
    .addColumn('lease_until_ms', 'bigint', (column) => column.notNull())
    .addColumn('state', 'text')
    .execute();
}
