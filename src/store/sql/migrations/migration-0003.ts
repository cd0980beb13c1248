import type { SchemaModule } from 'kysely';

/** A call for paid signals names the attempt whose answer they belong to. */
export async function addAbout(schema: SchemaModule): Promise<void> {
  await schema.alterTable('attempt').addColumn('about', 'integer').execute();
}
