import type { Pooled } from '../../routing/confidence/pooled.ts';

/** Each group's coefficients, shared and own added up; a group that is not known has the shared ones. */
export function flatten(pooled: Pooled, groups: readonly string[]): Float64Array[] {
  return groups.map((group) => {
    const own = Object.hasOwn(pooled.groups, group) ? pooled.groups[group] : undefined;
    return Float64Array.from(pooled.shared, (value, column) => value + (own?.[column] ?? 0));
  });
}

/** NaN where either is missing: the score is then not known. */
export function dot(coefficients: Float64Array | undefined, x: Float64Array | undefined): number {
  if (coefficients === undefined || x === undefined) return NaN;
  let sum = 0;
  for (let column = 0; column < x.length; column++) sum += (x[column] ?? 0) * (coefficients[column] ?? 0);
  return sum;
}
