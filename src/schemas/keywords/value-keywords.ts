import { isMultipleOf, jsonEqual } from './json-values.ts';
import { asCount, asList, asNumber, asTexts, invalid, type KeywordReader, type Reading } from './reading.ts';
import { spend } from '../schema-node.ts';

/** Keywords that judge a value by itself: its type, a list of values, numbers and texts. */

const TYPES = new Set(['null', 'boolean', 'string', 'number', 'integer', 'array', 'object']);

export const readType: KeywordReader = ({ schema, node }) => {
  const declared = schema['type'];
  if (declared === undefined) return;
  const types = new Set(typeof declared === 'string' ? [declared] : asTexts(declared, 'type'));
  if (types.size === 0 || [...types].some((type) => !TYPES.has(type))) throw invalid('type names no type');
  // OpenAPI's way to say that a value may be null, which many tools are described with.
  if (schema['nullable'] === true) types.add('null');
  const [only] = types;
  if (types.size === 1 && only !== undefined) node.any.push((value) => isOfType(value, only));
  else node.any.push((value) => [...types].some((type) => isOfType(value, type)));
};

/** A number beyond the range of doubles is read as infinite: what it was is not known, and it is of no type. */
function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'array':
      return Array.isArray(value);
    case 'null':
      return value === null;
    case 'number':
      return Number.isFinite(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

export const readEnum: KeywordReader = ({ schema, node }) => {
  const allowed = asList(schema['enum'], 'enum');
  if (allowed.length === 0) throw invalid('enum must not be empty');
  const isPrimitive = (value: unknown) => typeof value !== 'object' || value === null;
  const primitives = new Set(allowed.filter(isPrimitive));
  const others = allowed.filter((value) => !isPrimitive(value));
  node.any.push((value, run) =>
    isPrimitive(value) ? primitives.has(value) : others.some((other) => jsonEqual(other, value, run)),
  );
};

export const readConst: KeywordReader = ({ schema, node }) => {
  const wanted = schema['const'];
  node.any.push((value, run) => jsonEqual(wanted, value, run));
};

export const readMinimum: KeywordReader = ({ schema, node }) => {
  const { minimum, exclusiveMinimum: exclusive } = schema;
  if (minimum !== undefined) {
    const least = asNumber(minimum, 'minimum');
    // Draft 4 and OpenAPI 3.0 say with `true` that the minimum itself is excluded.
    if (exclusive === true) node.number.push((value) => Number(value) > least);
    else node.number.push((value) => Number(value) >= least);
  }
  if (exclusive === undefined || typeof exclusive === 'boolean') return;
  const below = asNumber(exclusive, 'exclusiveMinimum');
  node.number.push((value) => Number(value) > below);
};

export const readMaximum: KeywordReader = ({ schema, node }) => {
  const { maximum, exclusiveMaximum: exclusive } = schema;
  if (maximum !== undefined) {
    const most = asNumber(maximum, 'maximum');
    if (exclusive === true) node.number.push((value) => Number(value) < most);
    else node.number.push((value) => Number(value) <= most);
  }
  if (exclusive === undefined || typeof exclusive === 'boolean') return;
  const above = asNumber(exclusive, 'exclusiveMaximum');
  node.number.push((value) => Number(value) < above);
};

/** Dividing decimal numbers of hundreds of digits takes about as long as this many steps. */
const DIVISION_STEPS = 32;

export const readMultipleOf: KeywordReader = ({ schema, node }) => {
  const divisor = asNumber(schema['multipleOf'], 'multipleOf');
  if (!(divisor > 0)) throw invalid('multipleOf must be above 0');
  node.number.push((value, run) => {
    spend(run, DIVISION_STEPS);
    return isMultipleOf(Number(value), divisor);
  });
};

/** Characters that are counted, or looked up, in the time of a step. */
const CHARACTERS_A_STEP = 16;

export const readLength: KeywordReader = ({ schema, node }) => {
  const least = schema['minLength'] === undefined ? 0 : asCount(schema['minLength'], 'minLength');
  const most = schema['maxLength'] === undefined ? Infinity : asCount(schema['maxLength'], 'maxLength');
  node.string.push((value, run) => {
    const text = String(value);
    // A character takes one or two units, so that most texts need not be counted.
    if (text.length < least || text.length > most * 2) return false;
    if (text.length <= most && text.length >= least * 2) return true;
    spend(run, text.length / CHARACTERS_A_STEP);
    const length = characters(text);
    return length >= least && length <= most;
  });
};

/** Unicode characters; a surrogate without its other half counts as one. */
function characters(text: string): number {
  let count = text.length;
  for (let index = 1; index < text.length; index += 1) {
    if (!isBetween(text.charCodeAt(index), 0xdc00, 0xdfff)) continue;
    if (!isBetween(text.charCodeAt(index - 1), 0xd800, 0xdbff)) continue;
    count -= 1;
  }
  return count;
}

function isBetween(code: number, first: number, last: number): boolean {
  return code >= first && code <= last;
}

export const readPattern: KeywordReader = (reading) => {
  const matches = patternOf(reading.schema['pattern'], reading);
  reading.node.string.push((value) => matches(String(value)));
};

/** @throws {JudgingStopped} where the pattern is none. */
export function patternOf(source: unknown, { expressions }: Reading): (text: string) => boolean {
  if (typeof source !== 'string') throw invalid('pattern must be a string');
  const { pattern } = expressions();
  try {
    return pattern(source);
  } catch {
    throw invalid('pattern is no regular expression');
  }
}

export const readFormat: KeywordReader = ({ schema, node, expressions }) => {
  const name = schema['format'];
  if (typeof name !== 'string') throw invalid('format must be a string');
  const format = expressions().format(name);
  if (format === undefined) return;
  if ('text' in format) node.string.push((value) => format.text(String(value)));
  else node.number.push((value) => format.number(Number(value)));
};
