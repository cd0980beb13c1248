import { z } from 'zod';
import type { Rule } from '../../routing/policy.ts';
import { durationSchema } from './duration.ts';

const objectiveKeysSchema = z.strictObject({
  maxQualityLoss: z
    .exactOptional(z.number().min(0).max(1))
    .describe(
      'Largest share of quality to lose against the last tier. Until a version is certified, the last tier answers everything.',
    ),
  certainty: z
    .exactOptional(z.number().gt(0).lt(1))
    .describe('With `maxQualityLoss`: certainty of the promise; 0.9 if not set.'),
  budgetUsdPerRequest: z
    .exactOptional(z.number().gt(0))
    .describe(
      'Average cost of a request, in US dollars. Needs a version made by `weir tune`; until then the last tier answers everything. Not certified.',
    ),
  valueOfGoodAnswerUsd: z
    .exactOptional(z.number().gt(0))
    .describe(
      'What one more acceptable answer is worth, in US dollars. Needs a version made by `weir tune`; until then the last tier answers everything. Not certified.',
    ),
  thresholds: z
    .exactOptional(z.array(z.number().min(0).max(1)))
    .describe('Lowest confidence to serve, one for each tier but the last. Not certified.'),
  withoutConfidence: z
    .exactOptional(z.enum(['escalate', 'accept']))
    .describe(
      'With `thresholds`: what to do with an answer whose confidence is not known; `escalate` if not set.',
    ),
  heuristic: z
    .exactOptional(z.enum(['v1', 'v2', 'v3']))
    .describe(
      'Fixed rule of adaptive-llm-routing on answer length, entropy and mean log-probability. Not certified.',
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

/** Exactly one way to judge answers, as the rule that the cascade follows. */
const objectiveSchema = objectiveKeysSchema.transform((objective, context): Rule => {
  const { maxQualityLoss, thresholds, heuristic, certainty, withoutConfidence } = objective;
  const { budgetUsdPerRequest, valueOfGoodAnswerUsd } = objective;
  const wrong = (message: string, path: string[] = []): void =>
    context.addIssue({ code: 'custom', message, path });
  const chosen = KINDS.filter((kind) => objective[kind] !== undefined);
  if (chosen.length === 0) wrong(`it must have one of ${KINDS.join(', ')}`);
  if (chosen.length > 1) wrong(`${chosen.join(' and ')} cannot be combined; keep one of them`);
  if (certainty !== undefined && maxQualityLoss === undefined)
    wrong('it has no effect without maxQualityLoss; set maxQualityLoss, or remove it', ['certainty']);
  if (withoutConfidence !== undefined && thresholds === undefined)
    wrong('it has no effect without thresholds; set thresholds, or remove it', ['withoutConfidence']);
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
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'a data class must begin with a letter or a digit and may contain letters, digits and . _ - (at most 64 characters)',
  );

/** What clients ask for in `model`: a ladder of models, and the rule by which answers are judged. */
export const routeSchema = z.strictObject({
  serves: z
    .array(
      z
        .string()
        .regex(
          /^[\x21-\x7e]{1,256}$/,
          'a model name must be printable ASCII without spaces (at most 256 characters)',
        ),
    )
    .default([])
    .describe(
      'Model names that clients already send; `*` stands for any characters. The longest pattern wins.',
    ),
  tiers: z
    .array(z.string())
    .min(1)
    .describe('Names in `models`, cheapest first. A tier is asked only if the tiers before it fall short.'),
  objective: z
    .exactOptional(objectiveSchema)
    .describe('How answers are judged: exactly one kind. Required if there is more than one tier.'),
  streaming: z
    .enum(['hold'], {
      error: (issue) => (issue.input === 'commit' ? "'commit' is not available yet; use 'hold'" : undefined),
    })
    .default('hold')
    .describe('`hold`: hold back an answer that may still be replaced, until it is decided on.'),
  headerWait: durationSchema({ atLeastMs: 0 })
    .prefault('2s')
    .describe('How long the headers of a stream wait for the decision, so that they can carry it.'),
  keepAlive: durationSchema()
    .prefault('5s')
    .describe('Interval of the comment lines that keep a held stream alive.'),
  onAbstain: z
    .enum(['serve', 'error'])
    .default('serve')
    .describe(
      'If no tier gives an acceptable answer: serve the best one, marked (`serve`), or answer with status 422 (`error`). With `error`, no tier streams live.',
    ),
  data: z
    .record(dataClassName, z.enum(['on-premises', 'cloud']))
    .default({})
    .describe(
      'Where requests of a data class (`x-weir-data-class`) may go: `on-premises` only, or also to the `cloud`.',
    ),
});
