import { InvalidArgumentError } from 'commander';

/** `a,b,c`; blanks around the commas do not count. */
export function parseList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** A whole number from 1. */
export function parseCount(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number from 1.');
  return value;
}

/** Between 0 and 1, both excluded. */
export function parseShare(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError('It must be between 0 and 1.');
  return value;
}

export function parseShares(text: string): number[] {
  const values = parseList(text).map(parseShare);
  if (values.length === 0)
    throw new InvalidArgumentError('It must be a number between 0 and 1, or several with commas.');
  return values;
}

/** The seed of a random generator. */
export function parseSeed(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || Math.abs(value) >= 2 ** 31)
    throw new InvalidArgumentError('It must be a whole number below 2147483648.');
  return value;
}

/** One price a tier. */
export function parsePrices(text: string): number[] {
  return parseList(text).map(parsePositive);
}

/** Above 0. */
export function parsePositive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < Infinity)) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}
