import { hashContent, type Policy, type Tier } from '../routing/policy.ts';
import { versionTiers } from '../routing/version.ts';
import { DEFAULT_JUDGE_PROMPT } from './judge.ts';
import type { LearnedRoute } from './learner.ts';
import type { Settings } from './loop/loop.ts';

export interface Learning extends Pick<Settings, 'promote' | 'scorer' | 'runLengths'> {
  /** The judge's model; absent where none is asked. */
  judge?: Tier;
  /** Its prompt, where it is not Weir's own. */
  judgePrompt?: string;
}

/** What a route's learning is asked for. @returns undefined where the route promises no quality. */
export function learnedRoute(policy: Policy, learning: Learning): LearnedRoute | undefined {
  const { route, rule, tiers } = policy;
  if (rule.kind !== 'last' || !('maxQualityLoss' in rule.objective)) return undefined;
  const { promote, scorer, runLengths, judge, judgePrompt } = learning;
  return {
    policy,
    settings: {
      route,
      tiers: versionTiers(tiers),
      objective: rule.objective,
      promote,
      source: `the audited ones of route ${route}`,
      scorer,
      ...(judge === undefined ? {} : { judge: judgedBy(judge, judgePrompt) }),
      runLengths,
    },
  };
}

function judgedBy(judge: Tier, prompt = DEFAULT_JUDGE_PROMPT): NonNullable<Settings['judge']> {
  const [tier] = versionTiers([judge]);
  return {
    model: judge.model,
    ...(tier?.asked === undefined ? {} : { asked: tier.asked }),
    prompt: hashContent(prompt),
  };
}
