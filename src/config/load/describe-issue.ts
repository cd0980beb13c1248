import type { z } from 'zod';
import { inBounds } from '../../format/schema-problem.ts';
import type { Path } from './document.ts';
import { keysAt, meaningOf, placesOf } from './keys.ts';
import { notBuilt } from './not-built.ts';
import type { Issue } from './problem.ts';
import { didYouMean, nearest } from './suggest.ts';

/** The text to show for a value: as the file writes it, so that nothing of the environment appears. */
export type Show = (path: Path) => string | undefined;

const WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  object: 'a map of keys',
  record: 'a map of names',
  array: 'a list',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

function kindOf(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'number' || typeof value === 'boolean')
    return `the ${typeof value === 'number' ? 'number ' : 'value '}${value}`;
  return 'text';
}

/** A map with more unknown keys is not a configuration. */
const MAX_KEYS = 100;

/** Longer values are not repeated: they do not help, and may be a credential in the wrong place. */
const MAX_SHOWN = 40;

const ONE_OF = new Intl.ListFormat('en-GB', { type: 'disjunction' });

function unknownKey(path: Path, key: string): string {
  const refused = notBuilt([...path, key]);
  if (refused !== undefined) return refused;
  const known = keysAt(path);
  const [similar] = nearest(key, known);
  if (similar !== undefined) return `unknown key; did you mean '${similar}'?`;
  const [elsewhere] = placesOf(key);
  if (elsewhere !== undefined) return `unknown key here; it belongs at ${elsewhere}`;
  return `unknown key; the keys here are ${known.join(', ')}`;
}

function wrongType(issue: z.core.$ZodIssueInvalidType, received: unknown, show: Show): string {
  const expected = WORDS[issue.expected] ?? issue.expected;
  if (received === undefined) {
    const meaning = meaningOf(issue.path);
    return `this key is missing${meaning === '' ? '' : `: ${meaning.replace(/\.$/, '')}`}`;
  }
  if (show(issue.path)?.includes('${') === true)
    return `it must be ${expected}, but a variable always gives text; write the value itself`;
  if (typeof received === 'number' && /^(number|int)$/.test(issue.expected)) return `it must be ${expected}`;
  return `it must be ${expected}, but is ${kindOf(received)}${remedy(issue.expected, received)}`;
}

/** How to write the value correctly, if that is clear. */
function remedy(expected: string, received: unknown): string {
  const scalar = typeof received === 'number' || typeof received === 'boolean';
  if (expected === 'array' && (scalar || typeof received === 'string')) return '; put it in brackets: […]';
  return expected === 'string' && scalar ? '; put it in quotes' : '';
}

function wrongChoice(issue: z.core.$ZodIssueInvalidValue, received: unknown, show: Show): string {
  if (received === undefined) return `this key is missing: ${meaningOf(issue.path).replace(/\.$/, '')}`;
  const choices = issue.values.map(String);
  const written = show(issue.path);
  const value = written === undefined || written.length > MAX_SHOWN ? '' : `, but is '${written}'`;
  return `it must be ${ONE_OF.format(choices)}${value}${didYouMean(written ?? '', choices)}`;
}

/** Puts the schema's finding into words: what is wrong, and what would be right. */
export function describeIssue(issue: z.core.$ZodIssue, received: unknown, show: Show): Issue[] {
  const { path } = issue;
  const missing = received === undefined;
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys
        .slice(0, MAX_KEYS)
        .map((key) => ({ path: [...path, key], message: unknownKey(path, key), at: 'key' }));
    case 'invalid_key':
      return [{ path, message: issue.issues[0]?.message ?? issue.message, at: 'key' }];
    case 'invalid_type':
      // Our own schemas' messages begin in lower case; zod's begin with a capital.
      if (!missing && !issue.message.startsWith('Invalid')) return [{ path, message: issue.message }];
      return [{ path, message: wrongType(issue, received, show) }];
    case 'invalid_value':
      if (!missing && !issue.message.startsWith('Invalid')) return [{ path, message: issue.message }];
      return [{ path, message: wrongChoice(issue, received, show) }];
    case 'too_small':
    case 'too_big':
      return [{ path, message: inBounds(issue) }];
    case 'invalid_union':
      return [{ path, message: 'it must be text, a number, true, false, a list or a map' }];
    default:
      return [{ path, message: issue.message }];
  }
}
