import { withMinus } from './minus.ts';

/** A share of 1 as a percentage with `digits` after the point, one unless told: .123 is `12.3 %`. */
export function percent(share: number, digits = 1): string {
  return `${withMinus((share * 100).toFixed(digits))} %`;
}

/** A difference of shares in percentage points, without their unit: .123 is `12.3`. */
export function points(share: number): string {
  return withMinus((share * 100).toFixed(1));
}

/** A share as somebody wrote it, up to six significant digits: .05 is `5 %`, .0125 is `1.25 %`. */
export function exactPercent(share: number): string {
  return `${withMinus(String(Number((share * 100).toPrecision(6))))} %`;
}

/** In three digits, rounded up: an upper bound that is printed is never below the bound itself. */
export function percentAtMost(share: number): string {
  const exact = share * 100;
  const rounded = Number(exact.toPrecision(3));
  // Noise in the last digits of a binary fraction is not a reason to round up.
  if (rounded >= exact * (1 - 1e-9)) return `${rounded} %`;
  return `${Number((rounded + 10 ** (Math.floor(Math.log10(exact)) - 2)).toPrecision(3))} %`;
}
