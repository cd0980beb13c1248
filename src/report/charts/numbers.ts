import type { Interval } from '../../calibration/tests/interval.ts';
import { withMinus } from '../../format/minus.ts';
import { percent } from '../../format/percent.ts';

/** The text with every percent sign kept on the line of its number. */
export function unbroken(text: string): string {
  return text.replaceAll(' %', '\u00A0%');
}

/** `12.3 %` with a no-break space; `digits` after the point, one by default. */
export function unbrokenPercent(share: number, digits = 1): string {
  return unbroken(percent(share, digits));
}

/** For axes and limits: `12 %` if no digit is lost by it, else `2.5 %`. */
export function shortPercent(share: number): string {
  const tenths = Math.round(share * 1000);
  return unbrokenPercent(share, tenths % 10 === 0 ? 0 : 1);
}

/** `40.1 to 43.9 %`. */
export function percentRange({ lower, upper }: Interval, digits = 1): string {
  return `${withMinus((lower * 100).toFixed(digits))} to ${unbrokenPercent(upper, digits)}`;
}

/** `1,234`. */
export function wholeNumber(number: number): string {
  return Math.round(number)
    .toString()
    .replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}

/** A measure with three digits after the point, `0.143`; a dash if it is not known. */
export function measure(value: number | undefined): string {
  return value === undefined ? '–' : withMinus(value.toFixed(3));
}
