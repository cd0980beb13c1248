import { z } from 'zod';
import { judgePromptSchema } from '../../learning/labels/judge-prompt-schema.ts';

/** Below it a certificate would take months. */
const LEAST_RATE = 0.02;

const rateSchema = (): z.ZodNumber => z.number().min(LEAST_RATE).max(1);

/** What is learned from traffic. Without this block no model is asked for its sake, and nothing is spent. */
export const learningSchema = z.strictObject({
  auditRate: rateSchema()
    .default(0.05)
    .describe('Share of requests whose tiers are all asked, so that a version can be certified.'),
  startRate: rateSchema()
    .default(0.25)
    .describe('The same share until a first policy was tested as far as it can be.'),
  closeRate: z
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .describe('Share of the closest decisions that are audited to learn from; at least 1 % of all are.'),
  dailyBudgetUsd: z
    .number()
    .min(0)
    .default(1)
    .describe(
      'What audits and judges may cost a day (UTC), for each route and tenant, in US dollars. 0: no audits.',
    ),
  maxConcurrent: z
    .int()
    .min(1)
    .default(1)
    .describe(
      'Model calls that audits make at the same time: so many does live traffic wait behind at most.',
    ),
  judge: z
    .exactOptional(z.string())
    .describe('A name of `models`: it compares answers with the last tier’s. Without it no judge is asked.'),
  judgePrompt: z
    .exactOptional(judgePromptSchema)
    .describe('With `judge`: a file with its prompt, relative to this file. Without it the prompt of Weir.'),
  agreement: z
    .exactOptional(z.enum(['exact', 'number', 'set']))
    .describe(
      'An answer is right where it agrees with the last tier’s: the same text, number, or set. Without it agreement says nothing.',
    ),
  promote: z
    .enum(['automatic', 'approve'])
    .default('automatic')
    .describe('A version that was certified takes force by itself, or waits for an operator’s word.'),
});
