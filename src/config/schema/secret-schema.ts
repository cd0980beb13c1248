import { z } from 'zod';
import { Secret } from './secret.ts';

/** A credential: wrapped at once, so that the configuration can be printed. Its problems never repeat it. */
export const secretSchema = z.string().transform((text, context) => {
  const problem =
    text.trim() === ''
      ? 'it is empty; set it, or leave the key out'
      : /(?!\t)\p{Cc}/u.test(text)
        ? 'it holds a line break or another control character, which no header can carry'
        : undefined;
  if (problem === undefined) return new Secret(text);
  context.addIssue({ code: 'custom', message: problem });
  return z.NEVER;
});
