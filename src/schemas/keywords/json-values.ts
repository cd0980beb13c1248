import { JudgingStopped } from '../judgement.ts';
import { spend, type JudgingRun } from '../schema-node.ts';

/** Whether two JSON values are equal; the order of an object's keys does not count. As deep as the shallower of them. */
export function jsonEqual(one: unknown, other: unknown, run: JudgingRun): boolean {
  spend(run, 1);
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) || Array.isArray(other)) {
    return (
      Array.isArray(one) &&
      Array.isArray(other) &&
      one.length === other.length &&
      one.every((each, index) => jsonEqual(each, other[index], run))
    );
  }
  const keys = Object.keys(one);
  spend(run, keys.length);
  return (
    keys.length === Object.keys(other).length &&
    keys.every(
      (key) => Object.hasOwn(other, key) && jsonEqual(Reflect.get(one, key), Reflect.get(other, key), run),
    )
  );
}

/** Whether no two elements are equal, in time proportional to their size. */
export function areUnique(elements: readonly unknown[], run: JudgingRun): boolean {
  const primitives = new Set<unknown>();
  const texts = new Set<string>();
  for (const element of elements) {
    spend(run, 1);
    if (typeof element === 'object' && element !== null) texts.add(sortedText(element, run, 0));
    else primitives.add(element);
  }
  return primitives.size + texts.size === elements.length;
}

/** The same text for equal values. */
function sortedText(value: unknown, run: JudgingRun, depth: number): string {
  if (depth > run.maxDepth) throw new JudgingStopped('too_large', 'nested too deep');
  spend(run, 1);
  if (typeof value !== 'object' || value === null) return primitiveText(value);
  if (Array.isArray(value)) return `[${value.map((each) => sortedText(each, run, depth + 1)).join()}]`;
  const keys = Object.keys(value).toSorted();
  const members = keys.map(
    (key) => `${JSON.stringify(key)}:${sortedText(Reflect.get(value, key), run, depth + 1)}`,
  );
  return `{${members.join()}}`;
}

/** JSON has no text for an infinite number, and one for -0 that differs from that of the equal 0. */
function primitiveText(value: unknown): string {
  return typeof value === 'number' ? String(value === 0 ? 0 : value) : JSON.stringify(value);
}

/**
 * Whether `value` is a whole multiple of `divisor`, both taken as the shortest decimal numbers that they stand for: 19.99 is a
 * multiple of 0.01, which a division of doubles denies.
 */
export function isMultipleOf(value: number, divisor: number): boolean {
  if (Number.isSafeInteger(value) && Number.isSafeInteger(divisor)) return value % divisor === 0;
  if (!Number.isFinite(divisor)) return value === 0;
  const [digits, exponent] = decimalOf(value);
  const [divisorDigits, divisorExponent] = decimalOf(divisor);
  // The exponents of doubles are from -340 to 308, so that the powers have at most some hundred digits.
  const shift = exponent - divisorExponent;
  return shift >= 0
    ? (digits * 10n ** BigInt(shift)) % divisorDigits === 0n
    : digits % (divisorDigits * 10n ** BigInt(-shift)) === 0n;
}

/** Digits and exponent: 0.0125 is 125 and -4. */
function decimalOf(value: number): [digits: bigint, exponent: number] {
  const [digits = '0', exponent = '0'] = Math.abs(value).toString().split('e');
  const point = digits.indexOf('.');
  return [BigInt(digits.replace('.', '')), Number(exponent) - (point < 0 ? 0 : digits.length - point - 1)];
}
