import { z } from 'zod';
import { clipProbability, logit } from '../../calibration/fit/sigmoid.ts';
import type { Signals } from '../attempt.ts';

/** How the value of a signal becomes a number in a model's row. */
export const transforms = ['logit-exp', 'logit', 'log1p', 'identity', 'missing'] as const;

/**
 * One column of a model's row: `logit` of a probability, `logit-exp` of a probability's logarithm, `log1p` of a count,
 * `identity`; then less `centre`, divided by `scale`, and 0 where the signal is missing. `missing` is 1 there and 0 elsewhere.
 */
export const columnSchema = z.strictObject({
  signal: z.string(),
  transform: z.enum(transforms),
  centre: z.number(),
  scale: z.number().positive(),
});

export type Column = z.infer<typeof columnSchema>;

/** Values are clamped to this, so that none becomes infinite. */
const FURTHEST = 1e6;

/** The column's number for a signal's value. A value that is not finite counts as missing. */
export function columnValue(
  { transform, centre, scale }: Omit<Column, 'signal'>,
  value: number | undefined,
): number {
  const known = value !== undefined && Number.isFinite(value);
  if (transform === 'missing') return known ? 0 : 1;
  if (!known) return 0;
  const standard = (transformed(transform, value) - centre) / scale;
  return Math.max(-FURTHEST, Math.min(FURTHEST, standard));
}

/** A row: 1 for the intercept, then each column. */
export function encode(columns: readonly Column[], signals: Signals): Float64Array {
  const row = new Float64Array(columns.length + 1);
  row[0] = 1;
  columns.forEach((column, index) => (row[index + 1] = columnValue(column, signals[column.signal])));
  return row;
}

function transformed(kind: Exclude<Column['transform'], 'missing'>, value: number): number {
  switch (kind) {
    case 'logit-exp':
      return logit(clipProbability(Math.exp(value)));
    case 'logit':
      return logit(value);
    case 'log1p':
      return Math.log1p(Math.max(0, value));
    case 'identity':
      return value;
  }
}
