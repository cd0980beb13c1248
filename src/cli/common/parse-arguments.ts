import { InvalidArgumentError } from 'commander';

/** `a,b,c`; blanks around the commas are ignored. */
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
    throw new InvalidArgumentError('It must be a whole number, 1 or more.');
  return value;
}

/** A number above 0 and below 1. */
export function parseShare(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError('It must be a number above 0 and below 1.');
  return value;
}

export function parseShares(text: string): number[] {
  const values = parseList(text).map(parseShare);
  if (values.length === 0)
    throw new InvalidArgumentError(
      'It must be one or more numbers above 0 and below 1, separated by commas.',
    );
  return values;
}

/** The seed of a random number generator. */
export function parseSeed(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || Math.abs(value) >= 2 ** 31)
    throw new InvalidArgumentError('It must be a whole number between -2147483647 and 2147483647.');
  return value;
}

/** One price per tier. */
export function parsePrices(text: string): number[] {
  return parseList(text).map(parsePositive);
}

/** A number above 0. */
export function parsePositive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < Infinity)) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}
