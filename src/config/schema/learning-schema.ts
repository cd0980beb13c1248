import { z } from 'zod';
import { judgePromptSchema } from '../../learning/labels/judge-prompt-schema.ts';

/** Below this, a certificate would take months. */
const LEAST_RATE = 0.02;

const rateSchema = (): z.ZodNumber => z.number().min(LEAST_RATE).max(1);

/** Learning from traffic. Without this block, no model is called for learning and nothing is spent on it. */
export const learningSchema = z.strictObject({
  auditRate: rateSchema()
    .default(0.05)
    .describe('Share of the requests that every tier is asked, so that a version can be certified.'),
  startRate: rateSchema()
    .default(0.25)
    .describe('The same share until a first policy is certified, or two have failed.'),
  closeRate: z
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .describe('Share of the closest decisions to audit; at least 1 % of all decisions are audited.'),
  dailyBudgetUsd: z
    .number()
    .min(0)
    .default(1)
    .describe(
      'Daily limit (UTC) on the cost of audits and judges, for each route and tenant, in US dollars. 0 turns audits off.',
    ),
  maxConcurrent: z
    .int()
    .min(1)
    .default(1)
    .describe('Model calls that audits make at the same time. Live traffic never waits behind more of them.'),
  judge: z
    .exactOptional(z.string())
    .describe(
      'Model (a name in `models`) that compares answers with the last tier’s. Without it, there is no judge.',
    ),
  judgePrompt: z
    .exactOptional(judgePromptSchema)
    .describe(
      'File with the prompt for `judge`, relative to this file. Without it, Weir’s own prompt is used.',
    ),
  agreement: z
    .exactOptional(z.enum(['exact', 'number', 'set']))
    .describe(
      'Count an answer as right if it certainly agrees with the last tier’s: the same text, number or set. Without it, agreement is not used.',
    ),
  promote: z
    .enum(['automatic', 'approve'])
    .default('automatic')
    .describe('Put a certified version in force automatically, or wait until an operator approves it.'),
});
