import { z } from 'zod';

/**
 * Checks a value by a schema, as `schema.safeParse` does. That throws where an object stands in the place of a text or a list and
 * has a member `length` that cannot be compared: here the value is refused as any other.
 */
export function checkBySchema<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  options?: Parameters<Schema['safeParse']>[1],
): z.ZodSafeParseResult<z.output<Schema>> {
  try {
    return schema.safeParse(value, options);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const message = 'it has an object in the place of a text or a list';
    const refused = new z.ZodError([{ code: 'custom', path: [], message, input: undefined }]);
    // An error is of the values that it refuses; this one says nothing of their members.
    return { success: false, error: refused as z.ZodError<z.output<Schema>> };
  }
}
