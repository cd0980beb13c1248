import type { Sameness } from './sameness.ts';

/** A number exactly: `digits` × 10^`exponent`, without zeros at the ends of the digits. */
export interface Decimal {
  negative: boolean;
  digits: string;
  exponent: number;
}

/** How a number may be read. */
export interface NumberReading {
  /** One value, or two where it is not certain what a separator means. */
  values: readonly Decimal[];
  /** Digits after the point, as written. */
  places: number;
}

export interface NumberSetting {
  /** The question is English: a comma before three digits parts thousands. */
  english: boolean;
  /** Conversions count: fractions, powers of ten, number words; and so do places without value, as of money. */
  byValue: boolean;
}

const MOST_EXPONENT = 1_000;
const SCRIPT_ZEROS = [
  0x660, 0x6f0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0xf20, 0x1040,
  0x17e0,
];

const UNITS =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

/** The digits of any script as those of ASCII. */
export function withAsciiDigits(text: string): string {
  return text.replace(/[^\P{Nd}0-9]/gu, (digit) => {
    const code = digit.codePointAt(0) ?? 0;
    const zero = SCRIPT_ZEROS.find((each) => code >= each && code < each + 10);
    return zero === undefined ? digit : String(code - zero);
  });
}

/** @returns undefined if the word is no number, or one that cannot be read for certain, such as `007`, `5k` or `1.2.3`. */
export function readNumber(word: string, { english, byValue }: NumberSetting): NumberReading | undefined {
  const text = withAsciiDigits(word);
  const [, sign = '', body = ''] = /^([-+]?)(.*)$/s.exec(text) ?? [];
  const negative = sign === '-';
  const whole = (digits: string): NumberReading => ({ values: [decimal(negative, digits, 0)], places: 0 });
  if (/^(?:0|[1-9]\d*)$/.test(body)) return whole(body);
  // Parted thousands that cannot be a decimal: two commas or more, as in India too, or a mark that is never one.
  if (
    /^[1-9]\d{0,2}(?:(?:,\d{3}){2,}|(?:['\u202f]\d{3})+)$/.test(body) ||
    /^[1-9]\d?(?:,\d\d)+,\d{3}$/.test(body)
  )
    return whole(body.replace(/[,'\u202f]/g, ''));
  const point = /^((?:0|[1-9]\d*)?|[1-9]\d{0,2}(?:,\d{3})+)\.(\d+)$/.exec(body);
  if (point !== null) {
    const [, integer = '', fraction = ''] = point;
    const value = decimal(negative, integer.replaceAll(',', '') + fraction, -fraction.length);
    const isParted = !english && /^[1-9]\d{0,2}$/.test(integer) && fraction.length === 3;
    const values = isParted ? [value, decimal(negative, integer + fraction, 0)] : [value];
    return { values, places: fraction.length };
  }
  const comma = /^(0|[1-9]\d*),(\d+)$/.exec(body);
  if (comma !== null) {
    const [, integer = '', fraction = ''] = comma;
    const parted = decimal(negative, integer + fraction, 0);
    const isParted = /^[1-9]\d{0,2}$/.test(integer) && fraction.length === 3;
    if (isParted && english) return { values: [parted], places: 0 };
    // `1,5` may also be two numbers: then it is no other number, but not certainly this one.
    const value = decimal(negative, integer + fraction, -fraction.length);
    return { values: [value, isParted ? parted : value], places: fraction.length };
  }
  const power = byValue ? /^(\d+)(?:\.(\d+))?[eE]([-+]?\d{1,4})$/.exec(body) : null;
  if (power === null) return byValue ? numberWord(text) : undefined;
  const [, integer = '', fraction = '', by = ''] = power;
  if (Math.abs(Number(by)) > MOST_EXPONENT) return undefined;
  return { values: [decimal(negative, integer + fraction, Number(by) - fraction.length)], places: 0 };
}

function numberWord(word: string): NumberReading | undefined {
  const [first = '', second] = word.toLowerCase().split('-');
  const ten = TENS.indexOf(first);
  const unit = UNITS.indexOf(second ?? first);
  if (second === undefined && unit >= 0) return { values: [decimal(false, String(unit), 0)], places: 0 };
  if (ten < 0 || (second !== undefined && (unit < 1 || unit > 9))) return undefined;
  return {
    values: [decimal(false, String(20 + 10 * ten + (second === undefined ? 0 : unit)), 0)],
    places: 0,
  };
}

function decimal(negative: boolean, digits: string, exponent: number): Decimal {
  const significant = digits.replace(/^0+/, '');
  const bare = significant.replace(/0+$/, '');
  if (bare === '') return { negative: false, digits: '0', exponent: 0 };
  return { negative, digits: bare, exponent: exponent + significant.length - bare.length };
}

const isEqual = (one: Decimal, other: Decimal): boolean =>
  one.negative === other.negative && one.digits === other.digits && one.exponent === other.exponent;

/** Whether two numbers have the same value, whichever way they are read. */
function compareReadings(
  one: NumberReading,
  other: NumberReading,
  { byValue }: Pick<NumberSetting, 'byValue'>,
): Sameness {
  const pairs = one.values.flatMap((each) => other.values.map((with_) => isEqual(each, with_)));
  if (!pairs.includes(true)) return 'different';
  if (pairs.length > 1) return 'unknown';
  // Version 3.10 is not version 3.1; as an amount they are equal.
  const sameForm = one.places === other.places || one.places * other.places === 0;
  return sameForm || byValue ? 'same' : 'unknown';
}

/** `3/4` and `.75`: fractions by their exact values. Undefined where a word is neither, or too long. */
function compareFractions(one: string, other: string, setting: NumberSetting): Sameness | undefined {
  if (!one.includes('/') && !other.includes('/')) return undefined;
  const [a, b] = [one, other].map((word) => fractionOf(word, setting));
  if (a === undefined || b === undefined) return undefined;
  return a.above * b.below === b.above * a.below ? 'same' : 'different';
}

function fractionOf(word: string, setting: NumberSetting): { above: bigint; below: bigint } | undefined {
  const written = /^([-+]?\d{1,30})\/(\d{1,30})$/.exec(withAsciiDigits(word));
  if (written !== null) {
    const [, above = '', below = ''] = written;
    return BigInt(below) === 0n ? undefined : { above: BigInt(above), below: BigInt(below) };
  }
  const [value, second] = readNumber(word, setting)?.values ?? [];
  if (
    value === undefined ||
    second !== undefined ||
    value.digits.length > 30 ||
    Math.abs(value.exponent) > 30
  )
    return undefined;
  const above = BigInt(value.negative ? `-${value.digits}` : value.digits);
  const power = 10n ** BigInt(Math.abs(value.exponent));
  return value.exponent < 0 ? { above, below: power } : { above: above * power, below: 1n };
}

/** Two numbers as they are written. Undefined where one of them is none that can be read for certain. */
export function compareNumbers(one: string, other: string, setting: NumberSetting): Sameness | undefined {
  const [a, b] = [readNumber(one, setting), readNumber(other, setting)];
  if (a !== undefined && b !== undefined) return compareReadings(a, b, setting);
  return setting.byValue ? compareFractions(one, other, setting) : undefined;
}
