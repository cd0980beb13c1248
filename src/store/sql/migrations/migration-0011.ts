import type { SchemaModule } from 'kysely';

/** An audit keeps the coin that decides whether operators are asked about it: nobody can toss it who has not the secret. */
export async function addReviewCoin(schema: SchemaModule): Promise<void> {
  await schema.alterTable('audit').addColumn('review_coin', 'double precision').execute();
}
