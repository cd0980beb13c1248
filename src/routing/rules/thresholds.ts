import { z } from 'zod';
import { counted } from '../../format/counted.ts';
import { shortProbability } from '../../format/probability.ts';
import type { RuleData } from '../policy.ts';
import { nextTier } from '../setting.ts';
import type { PolicyRule, RuleConfiguration } from './rule.ts';

/** An answer is served from a confidence on that is set by hand for its tier. */
export type Thresholds = {
  kind: 'thresholds';
  /** The least confidence that is served, for each tier but the last. */
  thresholds: readonly number[];
  /** What happens with an answer whose confidence is unknown. */
  withoutConfidence: 'escalate' | 'accept';
};

export const isThresholds = (rule: RuleData): rule is Thresholds => rule.kind === 'thresholds';

const keys = {
  thresholds: z
    .exactOptional(z.array(z.number().min(0).max(1)))
    .describe('Lowest confidence to serve, one for each tier but the last. Not certified.'),
  withoutConfidence: z
    .exactOptional(z.enum(['escalate', 'accept']))
    .describe(
      'With `thresholds`: what to do with an answer whose confidence is not known; `escalate` if not set.',
    ),
};

const configuration: RuleConfiguration<Thresholds> = {
  keys,
  chosenBy: ['thresholds'],
  dependent: { withoutConfidence: 'thresholds' },
  read({ thresholds = [], withoutConfidence = 'escalate' }: z.infer<z.ZodObject<typeof keys>>) {
    return { kind: 'thresholds', thresholds, withoutConfidence };
  },
  problem({ thresholds }, tiers) {
    const wanted = tiers - 1;
    if (!Array.isArray(thresholds) || tiers === 0 || thresholds.length === wanted) return undefined;
    const message = `there must be ${counted(wanted, 'threshold')}, one for each tier but the last, but there ${thresholds.length === 1 ? 'is' : 'are'} ${thresholds.length}`;
    return { key: 'thresholds', message };
  },
  example: (tiers) => `{ thresholds: [${Array.from({ length: tiers - 1 }, () => '0.8').join(', ')}] }`,
};

export const thresholdsRule: PolicyRule<Thresholds> = {
  kind: 'thresholds',
  configuration,
  asksLogprobs: true,
  awaitsVersion: false,
  byHand: 'thresholds set by hand decide',
  weighAnswer(setting, { attempt, tier }, belief) {
    const { rule } = setting.policy;
    const next = nextTier(setting);
    const threshold = rule.thresholds[attempt.tier] ?? 1;
    const details = { threshold };
    if (belief === undefined) {
      const accepts = rule.withoutConfidence === 'accept';
      const what = accepts ? 'the route accepts such answers' : 'the route asks the next tier then';
      const reason = `The confidence in ${tier}'s answer is not known (no log-probabilities came), and ${what}.`;
      return accepts ? { do: 'accept', reason, details } : { do: 'ask', tier: next, reason, details };
    }
    const { confidence } = belief;
    const accepts = confidence >= threshold;
    const comparison = `Confidence ${shortProbability(confidence)} in ${tier}'s answer ${accepts ? 'reaches' : 'is under'} the threshold ${shortProbability(threshold)}`;
    return accepts
      ? { do: 'accept', reason: `${comparison}.`, details }
      : { do: 'ask', tier: next, reason: `${comparison}, so the next tier is asked.`, details };
  },
  describe({ rule, tiers }) {
    const each = rule.thresholds.map(
      (threshold, index) => `at least ${threshold} for ${tiers[index]?.name ?? ''}`,
    );
    const unknown = rule.withoutConfidence === 'accept' ? 'the answer is served' : 'the next tier is asked';
    return [
      `An answer is served if its confidence is high enough: ${each.join(', ')}. ${tiers.at(-1)?.name ?? ''}'s answers are always served. If the confidence is not known, ${unknown}.`,
      'These thresholds were set by hand and are not certified.',
    ];
  },
  summarize: () => 'by thresholds, not certified',
};
