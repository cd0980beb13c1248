import { z } from 'zod';
import { Secret } from './secret.ts';

/** A credential. It is wrapped at once, so that printing the configuration is safe. Messages never repeat it. */
export const secretSchema = z.string().transform((text, context) => {
  const problem =
    text.trim() === ''
      ? 'it is empty; set it, or remove the key'
      : /(?!\t)\p{Cc}/u.test(text)
        ? 'it contains a line break or another control character, which a header cannot carry'
        : undefined;
  if (problem === undefined) return new Secret(text);
  context.addIssue({ code: 'custom', message: problem });
  return z.NEVER;
});

/** A credential that is sent in a header as it is. */
export const headerSecretSchema = secretSchema.superRefine((secret, context) => {
  if (!/[\u0100-\u{10ffff}]/u.test(secret.reveal())) return;
  const message =
    'it contains a character that a header cannot carry, such as a typographic dash or quotation mark; copy it again';
  context.addIssue({ code: 'custom', message });
});
