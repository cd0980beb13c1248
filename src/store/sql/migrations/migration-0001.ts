import { sql, type SchemaModule } from 'kysely';

/** The first tables. A released migration is never changed: a later one changes what it made. */
export async function createFirstTables(schema: SchemaModule): Promise<void> {
  await schema
    .createTable('outcome')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('route', 'text', (column) => column.notNull())
    .addColumn('group', 'text', (column) => column.notNull())
    .addColumn('policy_hash', 'text', (column) => column.notNull())
    .addColumn('confidence_model', 'text', (column) => column.notNull())
    .addColumn('decision', 'text', (column) => column.notNull())
    .addColumn('tier', 'text')
    .addColumn('model', 'text')
    .addColumn('confidence', 'double precision')
    .addColumn('gain', 'double precision')
    .addColumn('certified', 'integer', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('explanation', 'text', (column) => column.notNull())
    .addColumn('latency_ms', 'double precision', (column) => column.notNull())
    .addColumn('ttft_ms', 'double precision')
    .addColumn('cost_nano_usd', 'bigint')
    .addColumn('baseline_nano_usd', 'bigint')
    .addColumn('baseline_measured', 'integer', (column) => column.notNull())
    .addColumn('stream', 'integer', (column) => column.notNull())
    .addColumn('status', 'integer', (column) => column.notNull())
    .addColumn('error_code', 'text')
    .addColumn('request_id', 'text', (column) => column.notNull())
    .addColumn('recorded', 'integer', (column) => column.notNull())
    .addColumn('prompt', 'text')
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .execute();
  await schema.createIndex('outcome_created_at_ms').on('outcome').column('created_at_ms').execute();

  await schema
    .createTable('attempt')
    .addColumn('outcome_id', 'text', (column) =>
      column.notNull().references('outcome.id').onDelete('cascade'),
    )
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('tier', 'text', (column) => column.notNull())
    .addColumn('model', 'text', (column) => column.notNull())
    .addColumn('upstream', 'text', (column) => column.notNull())
    .addColumn('upstream_id', 'text')
    .addColumn('fingerprint', 'text')
    .addColumn('signals', 'text', (column) => column.notNull())
    .addColumn('confidence', 'double precision')
    .addColumn('gain', 'double precision')
    .addColumn('vetoes', 'text', (column) => column.notNull())
    .addColumn('input_tokens', 'integer')
    .addColumn('output_tokens', 'integer')
    .addColumn('reasoning_tokens', 'integer')
    .addColumn('usage_estimated', 'integer', (column) => column.notNull())
    .addColumn('cost_nano_usd', 'bigint')
    .addColumn('latency_ms', 'double precision', (column) => column.notNull())
    .addColumn('ttft_ms', 'double precision')
    .addColumn('error_code', 'text')
    .addColumn('error_message', 'text')
    .addColumn('cut', 'integer', (column) => column.notNull())
    .addColumn('served', 'integer', (column) => column.notNull())
    .addColumn('answer', 'text')
    .addPrimaryKeyConstraint('attempt_key', ['outcome_id', 'position'])
    .execute();

  await schema
    .createTable('label')
    .addColumn('outcome_id', 'text', (column) =>
      column.notNull().references('outcome.id').onDelete('cascade'),
    )
    .addColumn('tier', 'text', (column) => column.notNull())
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('verdict', 'double precision', (column) => column.notNull())
    .addColumn('propensity', 'double precision', (column) => column.notNull())
    .addColumn('weight', 'double precision', (column) => column.notNull())
    .addColumn('comment', 'text')
    .addColumn('correction', 'text')
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('label_key', ['outcome_id', 'tier', 'source'])
    .addCheckConstraint('label_verdict', sql`verdict between 0 and 1`)
    .addCheckConstraint('label_propensity', sql`propensity > 0 and propensity <= 1`)
    .execute();

  await schema
    .createTable('api_key')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull().unique())
    .addColumn('prefix', 'text', (column) => column.notNull())
    .addColumn('operator', 'integer', (column) => column.notNull())
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('revoked_at_ms', 'bigint')
    .execute();

  await schema
    .createTable('probe')
    .addColumn('upstream', 'text', (column) => column.notNull())
    .addColumn('model', 'text', (column) => column.notNull())
    .addColumn('logprobs', 'text', (column) => column.notNull())
    .addColumn('context_tokens', 'integer')
    .addColumn('details', 'text', (column) => column.notNull())
    .addColumn('probed_at_ms', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('probe_key', ['upstream', 'model'])
    .execute();

  await schema
    .createTable('run')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('pid', 'integer', (column) => column.notNull())
    .addColumn('host', 'text', (column) => column.notNull())
    .addColumn('capacity', 'integer', (column) => column.notNull())
    .addColumn('started_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('last_seen_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('written_up_to_ms', 'bigint', (column) => column.notNull())
    .addColumn('ended_at_ms', 'bigint')
    .addColumn('dropped', 'integer', (column) => column.notNull())
    .addColumn('settled_at_ms', 'bigint')
    .execute();
}
