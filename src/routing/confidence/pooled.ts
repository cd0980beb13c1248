import { z } from 'zod';
import { namedSchema } from './named-schema.ts';

/** Coefficients shared by all groups, and what a group adds to each; the first is the intercept. */
export const pooledSchema = z.strictObject({
  shared: z.array(z.number()),
  groups: namedSchema(z.array(z.number())),
});

export type Pooled = z.infer<typeof pooledSchema>;

/** The linear score of a row. An unknown group has only the shared coefficients. */
export function scoreRow({ shared, groups }: Pooled, row: Float64Array, group: string): number {
  const own = Object.hasOwn(groups, group) ? groups[group] : undefined;
  let sum = 0;
  for (let column = 0; column < row.length; column++)
    sum += (row[column] ?? 0) * ((shared[column] ?? 0) + (own?.[column] ?? 0));
  return sum;
}

/** What one column adds to that score. */
export function columnShare(
  { shared, groups }: Pooled,
  column: number,
  value: number,
  group: string,
): number {
  const own = Object.hasOwn(groups, group) ? groups[group] : undefined;
  return value * ((shared[column] ?? 0) + (own?.[column] ?? 0));
}
