/** A probability, or a difference of two: three digits, and never 1 for what is not certain. */
export function shortProbability(value: number): string {
  if (value > 0.9995 && value < 1) return '> 0.999';
  return value.toFixed(3).replace('-', '−');
}
