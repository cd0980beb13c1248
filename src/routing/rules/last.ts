import { z } from 'zod';
import { commandLine } from '../../format/command-line.ts';
import { exactPercent } from '../../format/percent.ts';
import { describePaidSignals } from './describe-paid-signals.ts';
import { objectiveWords, type Objective } from './objective.ts';
import { lastTier, nextTier } from '../setting.ts';
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
  chooseFirst: (setting) => ({ tier: lastTier(setting) }),
  weighAnswer: (setting, { tier }) => ({
    do: 'ask',
    tier: nextTier(setting),
    reason: lastReason(setting.policy.rule, tier),
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
            ...(rule.why === undefined ? [] : [`The promoted version does not apply: ${rule.why}.`]),
            describeWaiting(rule.objective, last),
          ]
        : [
            `The version in force on this route, if any, is not known: ${unread}.`,
            `Without a version, ${last} answers everything and nothing is saved.`,
          ];
    return [...state, ...describePaidSignals(tiers)];
  },
  summarize: (last) => `by the version in force; without one ${last} answers everything`,
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
    return `No version is certified to lose at most ${exactPercent(objective.maxQualityLoss)} of quality with ${exactPercent(objective.certainty)} certainty. Until one is, ${last} answers everything and nothing is saved.`;
  return `No version was made for this objective (${objectiveWords(objective)}). Until ${commandLine('tune FILE')} makes one and it is promoted, ${last} answers everything.`;
}
