import { clipProbability } from '../calibration/sigmoid.ts';
import { mean } from './judge-rows.ts';

/** Whether the log loss falls by more than the standard error of the paired difference: less is noise. */
export function clearlyBetter(before: Float64Array, after: Float64Array, outcome: Float64Array): boolean {
  const gains = [...outcome].map(
    (label, row) => loss(before[row] ?? NaN, label) - loss(after[row] ?? NaN, label),
  );
  const gain = mean(gains);
  const spread = mean(gains.map((each) => (each - gain) ** 2));
  return gain > Math.sqrt(spread / gains.length);
}

function loss(probability: number, label: number): number {
  const p = clipProbability(probability);
  return -label * Math.log(p) - (1 - label) * Math.log1p(-p);
}
