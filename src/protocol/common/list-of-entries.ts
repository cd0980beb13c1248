import { z } from 'zod';
import { inPlainWords } from '../../format/schema-problem.ts';
import { checkBySchema } from '../../format/check-by-schema.ts';

/**
 * A list whose entries fit a schema; only the first that does not is told. `z.array` tells of each, and a list of a million
 * numbers where objects belong takes it seconds. Entries stay as they came.
 * @param options.fits says of an object whether it fits the schema, which is then asked only to say what is wrong.
 */
export function listOfEntries<Entry extends z.ZodType>(
  entry: Entry,
  { least = 0, fits }: { least?: number; fits: (entry: Readonly<Record<string, unknown>>) => boolean },
): z.ZodType<z.output<Entry>[], z.output<Entry>[]> {
  return z.custom<z.output<Entry>[]>().check((context) => {
    const input: unknown = context.value;
    if (!Array.isArray(input)) {
      context.issues.push({ code: 'invalid_type', expected: 'array', input });
      return;
    }
    if (input.length < least) {
      context.issues.push({ code: 'too_small', origin: 'array', minimum: least, inclusive: true, input });
      return;
    }
    for (let position = 0; position < input.length; position += 1) {
      const value: unknown = input[position];
      if (isObject(value) && fits(value)) continue;
      const [issue] = checkBySchema(entry, value, { error: inPlainWords }).error?.issues ?? [];
      if (issue === undefined) continue;
      const path = [position, ...issue.path];
      context.issues.push({ code: 'custom', message: issue.message, path, input: value });
      return;
    }
  });
}

/** A text, or such a list; a union of the two would not say which entry is wrong. */
export function textOrEntries<Entry extends z.ZodType>(
  entry: Entry,
  options: Parameters<typeof listOfEntries<Entry>>[1],
): z.ZodType<string | z.output<Entry>[]> {
  const list = listOfEntries(entry, options);
  return z.custom<string | z.output<Entry>[]>().check((context) => {
    const { value: input } = context;
    if (typeof input === 'string') return;
    const [issue] = checkBySchema(list, input, { error: inPlainWords }).error?.issues ?? [];
    if (issue === undefined) return;
    context.issues.push({ code: 'custom', message: issue.message, path: [...issue.path], input });
  });
}

/** Whether a value is an object of JSON: a list is none. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
