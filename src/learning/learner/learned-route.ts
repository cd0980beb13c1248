import { hashContent, type Policy, type Tier } from '../../routing/policy.ts';
import { awaitedObjective } from '../../routing/rules/rules.ts';
import { versionTiers } from '../../routing/version.ts';
import { DEFAULT_JUDGE_PROMPT } from '../labels/judge.ts';
import type { LearnedRoute } from './learner.ts';
import type { Settings } from '../loop/loop.ts';

export interface Learning extends Pick<Settings, 'promote' | 'scorer' | 'runLengths'> {
  /** The judge's model; absent where none is asked. */
  judge?: Tier;
  /** Its prompt, where it is not Weir's own. */
  judgePrompt?: string;
  /** Base URLs of the upstreams, by name. */
  addresses: Readonly<Record<string, string>>;
}

/** What a route's learning is asked for. @returns undefined where the route promises no quality. */
export function learnedRoute(policy: Policy, learning: Learning): LearnedRoute | undefined {
  const { route, rule, tiers } = policy;
  const objective = awaitedObjective(rule);
  if (objective === undefined || !('maxQualityLoss' in objective)) return undefined;
  const { promote, scorer, runLengths, judge } = learning;
  return {
    policy,
    settings: {
      route,
      tiers: versionTiers(tiers),
      objective,
      promote,
      source: `the audited ones of route ${route}`,
      scorer,
      servers: Object.fromEntries(tiers.map((tier) => [tier.name, serverOf(tier, learning)])),
      ...(judge === undefined ? {} : { judge: judgedBy(judge, learning) }),
      runLengths,
    },
  };
}

/** A hash of where it is asked: an address may be known to nobody else. */
function serverOf({ upstream }: Tier, { addresses }: Learning): string {
  return hashContent(addresses[upstream] ?? upstream);
}

function judgedBy(judge: Tier, learning: Learning): NonNullable<Settings['judge']> {
  const [tier] = versionTiers([judge]);
  return {
    model: judge.model,
    ...(tier?.asked === undefined ? {} : { asked: tier.asked }),
    server: serverOf(judge, learning),
    prompt: hashContent(learning.judgePrompt ?? DEFAULT_JUDGE_PROMPT),
  };
}
