import { z } from 'zod';

/** What is put into a judge's prompt; each stands there at least once. */
export const JUDGE_PLACEHOLDERS = ['question', 'first', 'second', 'judged'] as const;

/** A judge's prompt as a template: `{{question}}`, the two answers, and which of them is judged, `A` or `B`. */
export const judgePromptSchema = z.string().superRefine((text, context) => {
  const missing = JUDGE_PLACEHOLDERS.map((name) => `{{${name}}}`).filter((place) => !text.includes(place));
  if (missing.length > 0)
    context.addIssue({
      code: 'custom',
      message: `this prompt has no ${missing.join(', ')}; docs/learning.md shows the one that is used without it`,
    });
});
