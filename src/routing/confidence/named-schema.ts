import { z } from 'zod';

/**
 * Values by names that users choose. Unlike `z.record` it keeps a name such as `__proto__`: a document is read as it was
 * written.
 */
export function namedSchema<T>(value: z.ZodType<T>): z.ZodType<Record<string, T>> {
  return z
    .custom<object>(
      (input) => typeof input === 'object' && input !== null && !Array.isArray(input),
      'it must be an object',
    )
    .transform((input, context): Record<string, T> => {
      const entries = Object.entries(input).flatMap(([name, raw]): [string, T][] => {
        const parsed = value.safeParse(raw);
        if (parsed.success) return [[name, parsed.data]];
        for (const { message, path } of parsed.error.issues)
          context.addIssue({ code: 'custom', message, path: [name, ...path] });
        return [];
      });
      return Object.fromEntries(entries);
    });
}
