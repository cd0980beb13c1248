import { defined } from '../../defined.ts';
import { hashContent } from '../../routing/hash-content.ts';
import type { Policy, Tier } from '../../routing/policy.ts';
import { awaitedObjective } from '../../routing/rules/rules.ts';
import { versionTiers } from '../../routing/version.ts';
import { DEFAULT_JUDGE_PROMPT } from '../labels/judge.ts';
import type { LoopSettings } from '../loop/loop.ts';

/** A route that learns: its policy as it is configured, without any version, and the settings of its learning. */
export interface LearnedRoute {
  policy: Policy;
  /** Of its conversations that the policy decides, as the configuration says: within [0, 1]; absent: all. */
  share?: number;
  settings: LoopSettings;
}

/** What the configuration says of learning, the same for every route. */
export interface LearningSettings extends Pick<LoopSettings, 'promote' | 'scorer' | 'runLengths'> {
  /** The judge's model; absent where there is no judge. */
  judge?: Tier;
  /** The judge's prompt, where it is not Weir's own. */
  judgePrompt?: string;
  /** Base URLs of the upstreams, by name. */
  addresses: Readonly<Record<string, string>>;
}

/** @returns undefined where the route promises no quality. */
export function learnedRoute(policy: Policy, learning: LearningSettings): LearnedRoute | undefined {
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
      servers: Object.fromEntries(tiers.map((tier) => [tier.name, serverHash(tier, learning)])),
      ...defined({ judge: judge && judgeIdentity(judge, learning) }),
      runLengths,
    },
  };
}

/** A hash of the tier's stated identity, else of its address: only a hash, because the address may be confidential. */
function serverHash({ upstream, source }: Tier, { addresses }: LearningSettings): string {
  return hashContent(source?.identity ?? addresses[upstream] ?? upstream);
}

/** What makes the judge the same judge; of its prompt and parameters only hashes. */
function judgeIdentity(judge: Tier, learning: LearningSettings): NonNullable<LoopSettings['judge']> {
  const [tier] = versionTiers([judge]);
  return {
    model: judge.model,
    ...defined({ asked: tier?.asked }),
    server: serverHash(judge, learning),
    prompt: hashContent(learning.judgePrompt ?? DEFAULT_JUDGE_PROMPT),
  };
}
