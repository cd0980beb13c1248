import type { SchemaModule } from 'kysely';

/** An audit keeps the judge's verdict on an answer that is certainly wrong. */
export async function addControlVerdict(schema: SchemaModule): Promise<void> {
  await schema.alterTable('audit').addColumn('control_verdict', 'double precision').execute();
}
