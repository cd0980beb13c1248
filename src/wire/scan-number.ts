/** A position in a text that is being read. */
export interface Cursor {
  at: number;
}

/** A number as JSON spells it (RFC 8259). */
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const LETTER_E = 0x65;
/** Makes a letter of ASCII small. */
const SMALL = 0x20;

/** The powers of ten that a double holds exactly. */
const POWERS = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/**
 * Reads a number of JSON and moves behind it, without a string made of it. Where digits and divisor are both exact in a
 * double, their quotient is the double nearest to the number (Clinger 1990); anything else is for `Number`.
 * @returns what `JSON.parse` reads there; `undefined`, and the place unchanged, where no number stands.
 */
export function scanNumber(text: string, place: Cursor): number | undefined {
  const negative = text.charCodeAt(place.at) === MINUS;
  const first = negative ? place.at + 1 : place.at;
  let at = first;
  let digits = 0;
  let code = text.charCodeAt(at);
  while (code >= ZERO && code <= NINE) {
    digits = digits * 10 + (code - ZERO);
    code = text.charCodeAt(++at);
  }
  const whole = at - first;
  let decimals = 0;
  if (code === POINT) {
    const point = at;
    code = text.charCodeAt(++at);
    while (code >= ZERO && code <= NINE) {
      digits = digits * 10 + (code - ZERO);
      code = text.charCodeAt(++at);
    }
    decimals = at - point - 1;
    if (decimals === 0) return scanAnyNumber(text, place);
  }
  const power = POWERS[decimals];
  const padded = whole > 1 && text.charCodeAt(first) === ZERO;
  const exponent = (code | SMALL) === LETTER_E;
  if (whole === 0 || padded || exponent || power === undefined || digits > Number.MAX_SAFE_INTEGER)
    return scanAnyNumber(text, place);
  place.at = at;
  return negative ? -digits / power : digits / power;
}

function scanAnyNumber(text: string, place: Cursor): number | undefined {
  NUMBER.lastIndex = place.at;
  if (!NUMBER.test(text)) return undefined;
  const value = Number(text.slice(place.at, NUMBER.lastIndex));
  place.at = NUMBER.lastIndex;
  return value;
}
