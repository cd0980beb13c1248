import type { SchemaModule } from 'kysely';

/** A call for the paid signals of an answer says whose answer it was. */
export async function addAbout(schema: SchemaModule): Promise<void> {
  await schema.alterTable('attempt').addColumn('about', 'integer').execute();
}
