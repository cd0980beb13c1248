import { z } from 'zod';
import type { Rule } from '../../routing/policy.ts';
import { durationSchema } from './duration.ts';

const objectiveKeysSchema = z.strictObject({
  maxQualityLoss: z
    .exactOptional(z.number().min(0).max(1))
    .describe(
      'The share of quality that may be lost against the last tier. Until certified, the last tier serves all.',
    ),
  certainty: z
    .exactOptional(z.number().gt(0).lt(1))
    .describe('With `maxQualityLoss`: how certain the promise must be; 0.9 where it is not set.'),
  budgetUsdPerRequest: z
    .exactOptional(z.number().gt(0))
    .describe(
      'What a request may cost on average, in US dollars. Needs a version made by `weir tune`; until then the last tier serves all. Not certified.',
    ),
  valueOfGoodAnswerUsd: z
    .exactOptional(z.number().gt(0))
    .describe(
      'What one more acceptable answer is worth, in US dollars. Needs a version made by `weir tune`; until then the last tier serves all. Not certified.',
    ),
  thresholds: z
    .exactOptional(z.array(z.number().min(0).max(1)))
    .describe('The least confidence that is served, one for each tier but the last. Not certified.'),
  withoutConfidence: z
    .exactOptional(z.enum(['escalate', 'accept']))
    .describe(
      'With `thresholds`: what becomes of an answer whose confidence nobody knows; `escalate` where not set.',
    ),
  heuristic: z
    .exactOptional(z.enum(['v1', 'v2', 'v3']))
    .describe(
      'The rule of adaptive-llm-routing: answer length, entropy and mean log-probability. Not certified.',
    ),
});

const KINDS = [
  'maxQualityLoss',
  'budgetUsdPerRequest',
  'valueOfGoodAnswerUsd',
  'thresholds',
  'heuristic',
] as const;
const DEFAULT_CERTAINTY = 0.9;

/** Exactly one way to judge answers, read into the rule that the cascade follows. */
const objectiveSchema = objectiveKeysSchema.transform((objective, context): Rule => {
  const { maxQualityLoss, thresholds, heuristic, certainty, withoutConfidence } = objective;
  const { budgetUsdPerRequest, valueOfGoodAnswerUsd } = objective;
  const wrong = (message: string, path: string[] = []): void =>
    context.addIssue({ code: 'custom', message, path });
  const chosen = KINDS.filter((kind) => objective[kind] !== undefined);
  if (chosen.length === 0) wrong(`it must have one of ${KINDS.join(', ')}`);
  if (chosen.length > 1) wrong(`${chosen.join(' and ')} exclude each other; keep one`);
  if (certainty !== undefined && maxQualityLoss === undefined)
    wrong('it belongs to maxQualityLoss, which is not here', ['certainty']);
  if (withoutConfidence !== undefined && thresholds === undefined)
    wrong('it belongs to thresholds, which are not here', ['withoutConfidence']);
  if (thresholds !== undefined)
    return { kind: 'thresholds', thresholds, withoutConfidence: withoutConfidence ?? 'escalate' };
  if (heuristic !== undefined) return { kind: 'heuristic', version: heuristic };
  if (budgetUsdPerRequest !== undefined) return { kind: 'last', objective: { budgetUsdPerRequest } };
  if (valueOfGoodAnswerUsd !== undefined) return { kind: 'last', objective: { valueOfGoodAnswerUsd } };
  return {
    kind: 'last',
    objective: { maxQualityLoss: maxQualityLoss ?? 0, certainty: certainty ?? DEFAULT_CERTAINTY },
  };
});

const dataClassName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'a data class is letters, digits and . _ - (at most 64)');

/** What clients name in `model`: a ladder of models and the rule by which answers are judged. */
export const routeSchema = z.strictObject({
  serves: z
    .array(z.string().regex(/^[\x21-\x7e]{1,256}$/, 'a model name is printable ASCII without blanks'))
    .default([])
    .describe(
      'Model names that clients already send; `*` stands for any characters. The longest pattern wins.',
    ),
  tiers: z
    .array(z.string())
    .min(1)
    .describe('Names of `models`, cheapest first: each is asked only if those before fall short.'),
  objective: z
    .exactOptional(objectiveSchema)
    .describe('How answers are judged: exactly one of its kinds. Needed where there is more than one tier.'),
  streaming: z
    .enum(['hold'], {
      error: (issue) => (issue.input === 'commit' ? "'commit' is not built yet; use 'hold'" : undefined),
    })
    .default('hold')
    .describe('`hold`: an answer that may still be replaced is held back until the decision.'),
  headerWait: durationSchema({ atLeastMs: 0 })
    .prefault('2s')
    .describe('How long the headers of a stream wait for the decision, so that they can carry it.'),
  keepAlive: durationSchema()
    .prefault('5s')
    .describe('Between two comment lines of a stream that is held back.'),
  onAbstain: z
    .enum(['serve', 'error'])
    .default('serve')
    .describe(
      'No tier gave an acceptable answer: serve the best one, marked, or answer with a 422; then no tier streams live.',
    ),
  data: z
    .record(dataClassName, z.enum(['on-premises', 'cloud']))
    .default({})
    .describe(
      'Data class (`x-weir-data-class`) → where it may go: `on-premises` only, or also to the `cloud`.',
    ),
});
