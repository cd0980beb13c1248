import { z } from 'zod';
import type { Signals } from '../attempt.ts';
import { nextTier } from '../setting.ts';
import type { PolicyRule, RuleConfiguration } from './rule.ts';

/**
 * The rule of `adaptive-llm-routing-v1`: escalate when the answer has more than `words` words, or its mean token entropy
 * (nats) is above `entropy`, or its mean log-probability is below `logprob`.
 */
export const HEURISTICS = {
  v1: { words: 8, entropy: 1.5, logprob: -0.6 },
  v2: { words: 5, entropy: 1.1, logprob: -0.45 },
  v3: { words: 10, entropy: 1.8, logprob: -0.8 },
} as const;

export type HeuristicVersion = keyof typeof HEURISTICS;

type Heuristic = { kind: 'heuristic'; version: HeuristicVersion };

const keys = {
  heuristic: z
    .exactOptional(z.enum(['v1', 'v2', 'v3'] satisfies HeuristicVersion[]))
    .describe(
      'Fixed rule of adaptive-llm-routing on answer length, entropy and mean log-probability. Not certified.',
    ),
};

const configuration: RuleConfiguration<Heuristic> = {
  keys,
  chosenBy: ['heuristic'],
  read: ({ heuristic = 'v1' }: z.infer<z.ZodObject<typeof keys>>) => ({
    kind: 'heuristic',
    version: heuristic,
  }),
};

/**
 * Why a heuristic sends an answer on; nothing where it accepts it. A condition whose signal is missing does not fire; with
 * neither entropy nor log-probability the answer is sent on.
 */
export function heuristicObjections(
  version: HeuristicVersion,
  { answerWords, meanEntropy, meanLogprob }: Signals,
): string[] {
  const limit = HEURISTICS[version];
  const fired: string[] = [];
  if (answerWords !== undefined && answerWords > limit.words)
    fired.push(`${answerWords} words > ${limit.words}`);
  if (meanEntropy === undefined && meanLogprob === undefined) fired.push('no log-probabilities came');
  if (meanEntropy !== undefined && meanEntropy > limit.entropy) {
    fired.push(`mean entropy ${meanEntropy.toFixed(2)} > ${limit.entropy}`);
  }
  if (meanLogprob !== undefined && meanLogprob < limit.logprob) {
    fired.push(`mean log-probability ${meanLogprob.toFixed(2)} < ${limit.logprob}`);
  }
  return fired;
}

export const heuristicRule: PolicyRule<Heuristic> = {
  kind: 'heuristic',
  configuration,
  asksLogprobs: true,
  awaitsVersion: false,
  byHand: 'a fixed rule of the configuration decides',
  weighAnswer(setting, { tier, signals }) {
    const { rule } = setting.policy;
    const objections = heuristicObjections(rule.version, signals);
    return objections.length === 0
      ? { do: 'accept', reason: `The answer of ${tier} passes heuristic ${rule.version}.` }
      : {
          do: 'ask',
          tier: nextTier(setting),
          reason: `Heuristic ${rule.version} sends on the answer of ${tier}: ${objections.join('; ')}.`,
        };
  },
  describe: ({ rule, tiers }) => [
    `Rule ${rule.version} of adaptive-llm-routing (length, entropy, log-probability) decides whether an answer is served. ${tiers.at(-1)?.name ?? ''}'s answers are always served.`,
    'This rule promises nothing and is not certified.',
  ],
  summarize: () => 'by a fixed rule, not certified',
};
