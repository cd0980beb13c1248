import type { SchemaModule } from 'kysely';

/** What was written to a provider's cache for an hour: some bill it dearer. */
export async function addHourCaches(schema: SchemaModule): Promise<void> {
  await schema.alterTable('attempt').addColumn('cache_write_hour_tokens', 'integer').execute();
}
