import { z } from 'zod';

/** A verdict as clients write it. */
export const verdictSchema = z.union([z.number().min(0).max(1), z.enum(['good', 'bad'])], {
  error: "it must be a number from 0 to 1, 'good' or 'bad'",
});

/** 0..1, 1 = acceptable. */
export function verdictValue(verdict: z.infer<typeof verdictSchema>): number {
  if (verdict === 'good') return 1;
  return verdict === 'bad' ? 0 : verdict;
}
