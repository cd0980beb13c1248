import type { Signals } from '../attempt.ts';
import type { Judgement } from '../cascade.ts';

/**
 * The rule of `adaptive-llm-routing-v1`: escalate when the answer has more than `words` words, or its mean token entropy
 * (nats) is above `entropy`, or its mean log-probability is below `logprob`.
 */
export const HEURISTICS = {
  v1: { words: 8, entropy: 1.5, logprob: -0.6 },
  v2: { words: 5, entropy: 1.1, logprob: -0.45 },
  v3: { words: 10, entropy: 1.8, logprob: -0.8 },
} as const;

/** A condition whose signal is missing does not fire; with neither entropy nor log-probability the rule escalates. */
export function heuristicVerdict(
  version: keyof typeof HEURISTICS,
  tier: string,
  signals: Signals,
): Pick<Judgement, 'action' | 'reason'> {
  const limit = HEURISTICS[version];
  const { answerWords, meanEntropy, meanLogprob } = signals;
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
  return fired.length === 0
    ? { action: 'accept', reason: `The answer of ${tier} passes heuristic ${version}.` }
    : {
        action: 'escalate',
        reason: `Heuristic ${version} sends on the answer of ${tier}: ${fired.join('; ')}.`,
      };
}
