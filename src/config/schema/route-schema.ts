import { z } from 'zod';
import type { RuleData } from '../../routing/policy.ts';
import type { PolicyRule } from '../../routing/rules/rule.ts';
import { RULES } from '../../routing/rules/rules.ts';
import { durationSchema } from './duration.ts';

/**
 * How answers are judged, read into the data of the rule that it chooses: exactly one rule, and only the keys that belong
 * to that.
 */
export function createObjectiveSchema(rules: readonly PolicyRule[]): z.ZodType<RuleData> {
  const configurations = rules.flatMap(({ configuration }) => configuration ?? []);
  const choices = configurations.flatMap(({ chosenBy }) => chosenBy);
  const keys: z.ZodRawShape = Object.assign({}, ...configurations.map((each) => each.keys));
  return z.strictObject(keys).transform((objective, context): RuleData => {
    const wrong = (message: string, path: string[] = []): void =>
      context.addIssue({ code: 'custom', message, path });
    const present = (key: string): boolean => objective[key] !== undefined;
    const chosen = choices.filter(present);
    if (chosen.length === 0) wrong(`it must have one of ${choices.join(', ')}`);
    if (chosen.length > 1) wrong(`${chosen.join(' and ')} exclude each other; keep one`);
    for (const { dependent = {} } of configurations)
      for (const [key, other] of Object.entries(dependent))
        if (present(key) && !present(other)) wrong(`it is only used together with ${other}`, [key]);
    const configuration = configurations.find(({ chosenBy }) => chosenBy.some(present));
    return configuration === undefined ? z.NEVER : configuration.read(objective);
  });
}

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
    .exactOptional(createObjectiveSchema(RULES))
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
