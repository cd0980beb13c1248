import type { SchemaModule } from 'kysely';

/** An audit keeps what the judge said of an answer that is wrong for certain. */
export async function addControlVerdict(schema: SchemaModule): Promise<void> {
  await schema.alterTable('audit').addColumn('control_verdict', 'double precision').execute();
}
