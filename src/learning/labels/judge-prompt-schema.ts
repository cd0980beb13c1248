import { z } from 'zod';

/** Placeholders of a judge's prompt; each must occur at least once. */
export const JUDGE_PLACEHOLDERS = ['question', 'first', 'second', 'judged'] as const;

/** A judge's prompt as a template: `{{question}}`, the two answers, and which of them gets the verdict, `A` or `B`. */
export const judgePromptSchema = z.string().superRefine((text, context) => {
  const missing = JUDGE_PLACEHOLDERS.map((name) => `{{${name}}}`).filter(
    (placeholder) => !text.includes(placeholder),
  );
  if (missing.length > 0)
    context.addIssue({
      code: 'custom',
      message: `this prompt lacks ${missing.join(', ')}; docs/learning.md shows the default prompt`,
    });
});
