import type { Estimate } from '../../calibration/tests/interval.ts';

const NO_BREAK = '\u00A0';
const MINUS = '\u2212';

/** `12.3 %`, with a real minus; `digits` after the point, one unless told. */
export function unbrokenPercent(share: number, digits = 1): string {
  return `${fixed(share * 100, digits)}${NO_BREAK}%`;
}

/** `12 %` where that says it all, as on an axis: `2.5 %`. */
export function shortPercent(share: number): string {
  const tenths = Math.round(share * 1000);
  return unbrokenPercent(share, tenths % 10 === 0 ? 0 : 1);
}

/** `40.1 to 43.9 %`. */
export function percentRange({ lower, upper }: Pick<Estimate, 'lower' | 'upper'>, digits = 1): string {
  return `${fixed(lower * 100, digits)} to ${unbrokenPercent(upper, digits)}`;
}

/** `1,234`. */
export function wholeNumber(number: number): string {
  return Math.round(number)
    .toString()
    .replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}

/** A measure of two or three digits after the point: `0.143`. */
export function measure(value: number | undefined): string {
  return value === undefined ? '–' : fixed(value, 3);
}

/** Dollars in three significant digits, whole cents from ten dollars on: `$0.0403`, `$1,234.50`. */
export function dollars(usd: number): string {
  if (usd >= 10) {
    const written = usd.toFixed(2);
    return `$${wholeNumber(Number(written.slice(0, -3)))}${written.slice(-3)}`;
  }
  const digits = usd > 0 ? 2 - Math.floor(Math.log10(usd)) : 2;
  return `$${usd.toFixed(Math.min(12, digits))}`;
}

/** Zero has no sign: what rounds to it does not either. */
function fixed(value: number, digits: number): string {
  return value
    .toFixed(digits)
    .replace(/^-(?=[0.]*$)/, '')
    .replace('-', MINUS);
}
