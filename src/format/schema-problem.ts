import type { z } from 'zod';

const KINDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number' && !Number.isFinite(value)) return 'not a finite one';
  return KINDS[typeof value] ?? typeof value;
}

const quoted = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : String(value));

function orOf(shown: readonly string[]): string {
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} or ${shown.at(-1)}`;
}

/** What may stand there, and what stands there instead; the value itself, which may be a secret, is never shown. */
function instead(wanted: string, input: unknown): string {
  return input === undefined ? `it is missing, and must be ${wanted}` : `it must be ${wanted}`;
}

function wrongKind(expected: readonly string[], input: unknown): string {
  const wanted = orOf(expected.map((each) => KINDS[each] ?? each));
  const isOf = input === undefined || expected.includes('int') ? '' : `, and is ${kindOf(input)}`;
  return `${instead(wanted, input)}${isOf}`;
}

/** As zod hands it to whoever words it, and as it reports it. */
type BoundIssue =
  | Pick<z.core.$ZodIssueTooSmall, 'code' | 'minimum' | 'inclusive' | 'origin'>
  | Pick<z.core.$ZodIssueTooBig, 'code' | 'maximum' | 'inclusive' | 'origin'>;

/** What a number, a text or a list with too little or too much must be, in words. */
export function inBounds(issue: BoundIssue): string {
  const [bound, word, strict] =
    issue.code === 'too_small'
      ? [issue.minimum, 'at least', 'more than']
      : [issue.maximum, 'at most', 'less than'];
  const limit = `${issue.inclusive === false ? strict : word} ${String(bound)}`;
  if (issue.origin === 'array') return `it must have ${limit} ${bound === 1 ? 'entry' : 'entries'}`;
  if (issue.origin !== 'string') return `it must be ${limit}`;
  return issue.code === 'too_small' && bound === 1
    ? 'it must not be empty'
    : `it must have ${limit} characters`;
}

/**
 * A schema's finding in words that a user understands: given to zod as `error` where something is parsed. Messages of
 * a schema's own go before it.
 */
export function inPlainWords(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return wrongKind([issue.expected], issue.input);
    case 'invalid_union': {
      const found = issue.errors.map(([first]) => first);
      const expected = found.flatMap((each) => (each?.code === 'invalid_type' ? [each.expected] : []));
      // Where more than kinds was asked for, which of it was meant nobody knows.
      return expected.length < found.length ? undefined : wrongKind(expected, issue.input);
    }
    case 'invalid_value':
      return instead(orOf(issue.values.map(quoted)), issue.input);
    case 'too_small':
    case 'too_big':
      return inBounds(issue);
    case 'unrecognized_keys':
      return `it has '${String(issue.keys[0]).slice(0, 100)}', which is not known`;
    default:
      return undefined;
  }
}
