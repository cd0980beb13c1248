import { z } from 'zod';
import { exactPercent } from '../../format/percent.ts';
import { describePaidSignals } from './describe-paid-signals.ts';
import { objectiveWords, type Objective } from './objective.ts';
import type { PolicyRule, RuleConfiguration } from './rule.ts';

/** An objective that no version in force was made for: the last tier serves everything. */
type Last = {
  kind: 'last';
  objective: Objective;
  /** Why the version that was promoted does not apply; absent where none was. */
  why?: string;
};

const DEFAULT_CERTAINTY = 0.9;

const keys = {
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
};

const configuration: RuleConfiguration<Last> = {
  keys,
  chosenBy: ['maxQualityLoss', 'budgetUsdPerRequest', 'valueOfGoodAnswerUsd'],
  dependent: { certainty: 'maxQualityLoss' },
  read: (objective: z.infer<z.ZodObject<typeof keys>>) => ({ kind: 'last', objective: read(objective) }),
};

function read({
  maxQualityLoss = 0,
  certainty = DEFAULT_CERTAINTY,
  budgetUsdPerRequest,
  valueOfGoodAnswerUsd,
}: z.infer<z.ZodObject<typeof keys>>): Objective {
  if (budgetUsdPerRequest !== undefined) return { budgetUsdPerRequest };
  if (valueOfGoodAnswerUsd !== undefined) return { valueOfGoodAnswerUsd };
  return { maxQualityLoss, certainty };
}

export const lastRule: PolicyRule<Last> = {
  kind: 'last',
  configuration,
  asksLogprobs: false,
  awaitsVersion: true,
  chooseFirst: ({ later }) => ({ tier: later.at(-1) ?? 0 }),
  weighAnswer: ({ policy: { rule }, later: [next = 0] }, { tier }) => ({
    do: 'ask',
    tier: next,
    reason: lastReason(rule, tier),
  }),
  finalReason: lastReason,
  objective: ({ objective }) => objective,
  withObstacle: (rule, why) => ({ ...rule, why }),
  identity: ({ why: _, ...rule }) => rule,
  describe({ rule, tiers }, unread) {
    const last = tiers.at(-1)?.name ?? '';
    const state =
      unread === undefined
        ? [
            ...(rule.why === undefined ? [] : [`The version that was promoted does not apply: ${rule.why}.`]),
            describeWaiting(rule.objective, last),
          ]
        : [
            `Which version of this route is in force, if any, is not known: ${unread}.`,
            `Without one, ${last} answers everything, and nothing is saved.`,
          ];
    return [...state, ...describePaidSignals(tiers)];
  },
  summarize: (lastTier) => `by the version in force; without one ${lastTier} answers everything`,
};

function lastReason({ objective, why }: Last, tier: string): string {
  return `${tier} answers everything: ${why ?? `${missingVersion(objective)} is in force`}.`;
}

/** What a route lacks whose objective no version in force was made for. */
function missingVersion(objective: Objective): string {
  if ('maxQualityLoss' in objective)
    return `no certified version of the promised quality (at most ${exactPercent(objective.maxQualityLoss)} lost)`;
  if ('budgetUsdPerRequest' in objective)
    return `no version fitted for a budget of $${objective.budgetUsdPerRequest} a request`;
  return `no version fitted for a good answer worth $${objective.valueOfGoodAnswerUsd}`;
}

function describeWaiting(objective: Objective, last: string): string {
  if ('maxQualityLoss' in objective)
    return `No version is certified to lose at most ${exactPercent(objective.maxQualityLoss)} of quality with a certainty of ${exactPercent(objective.certainty)}: until one is, ${last} answers everything, and nothing is saved.`;
  return `No version was fitted for this objective (${objectiveWords(objective)}): until \`weir tune\` makes one and it is promoted, ${last} answers everything.`;
}
