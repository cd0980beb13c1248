import type { SchemaModule } from 'kysely';

/** The weight of a label was always 1, and nothing read it: what a label counts follows from its propensity and its age. */
export async function dropLabelWeight(schema: SchemaModule): Promise<void> {
  await schema.alterTable('label').dropColumn('weight').execute();
}
