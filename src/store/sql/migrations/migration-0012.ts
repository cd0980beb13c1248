import type { SchemaModule } from 'kysely';

/** What calls are billed by beside their two sums of tokens, and what they cost where that is not known exactly. */
export async function addBilledKinds(schema: SchemaModule): Promise<void> {
  await schema.alterTable('attempt').addColumn('cached_input_tokens', 'integer').execute();
  await schema.alterTable('attempt').addColumn('cache_write_tokens', 'integer').execute();
  await schema.alterTable('attempt').addColumn('other_tokens', 'text').execute();
  await schema.alterTable('attempt').addColumn('worst_nano_usd', 'bigint').execute();
  await schema.alterTable('outcome').addColumn('baseline_least_nano_usd', 'bigint').execute();
  await schema.alterTable('audit').addColumn('worst_nano_usd', 'bigint').execute();
}
