/** A probability, or a difference of two: three digits without the leading zero, and never 1 for what is not. */
export function shortProbability(value: number): string {
  if (value > 0.9995 && value < 1) return '> .999';
  return value
    .toFixed(3)
    .replace(/^(-?)0\./, '$1.')
    .replace('-', '−');
}
