import { z } from 'zod';
import type { RuleData } from '../../routing/policy.ts';
import type { PolicyRule } from '../../routing/rules/rule.ts';
import { RULES } from '../../routing/rules/rules.ts';
import { durationSchema } from './duration.ts';
import { shareSchema } from './share.ts';

/**
 * Reads how answers are judged into the data of the rule that the objective chooses. It must choose exactly one rule, and
 * may only have the keys of that rule.
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
    if (chosen.length > 1) wrong(`${chosen.join(' and ')} cannot be combined; keep one of them`);
    for (const { dependent = {} } of configurations)
      for (const [key, other] of Object.entries(dependent))
        if (present(key) && !present(other))
          wrong(`it has no effect without ${other}; set ${other}, or remove it`, [key]);
    const configuration = configurations.find(({ chosenBy }) => chosenBy.some(present));
    return configuration === undefined ? z.NEVER : configuration.read(objective);
  });
}

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
    .exactOptional(createObjectiveSchema(RULES))
    .describe('How answers are judged: exactly one kind. Required if there is more than one tier.'),
  mode: z
    .enum(['serve', 'observe'])
    .default('serve')
    .describe(
      '`observe`: the last tier answers everything, and audits ask the others in the background. The same as `rollout: 0%`.',
    ),
  rollout: z
    .exactOptional(shareSchema())
    .describe(
      'Share of the conversations that the policy decides (`5%` or `0.05`); the last tier answers the others, as with `mode: observe`. Without it, all. `weir rollout` changes it while the gateway runs.',
    ),
  streaming: z
    .enum(['hold'], {
      error: (issue) => (issue.input === 'commit' ? "'commit' is not supported yet; use 'hold'" : undefined),
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
      'If no tier gives an acceptable answer, or the last that a request may use falls short: serve the best one, marked (`serve`), or answer with status 422 (`error`). With `error`, no tier streams live.',
    ),
  onTierFailure: z
    .exactOptional(
      z.strictObject({
        maxExtraUsdPerHour: z
          .number()
          .min(0)
          .describe(
            'US dollars that failing tiers may cost more in an hour, because later tiers are asked instead. Beyond it, such requests get status 503. Without it, nothing limits this.',
          ),
      }),
    )
    .describe('What happens if a tier fails that has a later one.'),
  onLastTierFailure: z
    .exactOptional(z.enum(['serve', 'error']))
    .describe(
      'If the last tier fails: serve the best earlier answer, marked (`serve`), or answer with the error (`error`). Without it, `error` for a route with `maxQualityLoss` or `onAbstain: error`, else `serve`.',
    ),
  data: z
    .record(dataClassName, z.enum(['on-premises', 'cloud']))
    .default({})
    .describe(
      'Where requests of a data class (`x-weir-data-class`) may go: `on-premises` only, or also to the `cloud`.',
    ),
});
