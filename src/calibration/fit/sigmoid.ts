/** Probabilities are clipped this far from 0 and 1 before their log-odds are taken. */
export const PROBABILITY_FLOOR = 1e-6;

/** σ(x) = 1/(1 + e⁻ˣ), without overflow. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x);
  return e / (1 + e);
}

/** ln(1 + eˣ), without overflow: the log loss of a label 0 at log-odds x. */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** The probability, clipped to [floor, 1 − floor]. */
export function clipProbability(probability: number, floor: number = PROBABILITY_FLOOR): number {
  return Math.min(1 - floor, Math.max(floor, probability));
}

/** Log-odds ln(p/(1 − p)) of a probability, which is clipped first. */
export function logit(probability: number, floor: number = PROBABILITY_FLOOR): number {
  const p = clipProbability(probability, floor);
  return Math.log(p) - Math.log1p(-p);
}
