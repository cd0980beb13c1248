import { defined } from '../defined.ts';
import { sourceDifference } from './provenance.ts';
import type { ConfidenceModel } from './confidence/confidence.ts';
import type { Policy } from './policy.ts';
import { objectiveWords, type Objective } from './rules/objective.ts';
import { awaitedObjective, ruleOf } from './rules/rules.ts';
import { versionTiers, type Version } from './version.ts';

/** A version that was put in force: its content, or why that cannot be read. */
export interface PromotedVersion {
  hash: string;
  read: { version: Version } | { problem: string };
  /** Why its certificate does not hold, in a sentence: it still serves, and promises nothing. */
  lapsed?: string;
}

/** A route's policy as it is served. */
export interface ServedPolicy {
  policy: Policy;
  /** The model that was fitted for the version; absent where none applies. */
  confidenceModel?: ConfidenceModel;
  /** In a sentence without its full stop: why the version in force does not apply. */
  obstacle?: string;
}

/** Certainties are written as .9 and levels as .1: their sum is not always 1 in binary fractions. */
const ROUNDING = 1e-9;

/**
 * A route's policy with the version that was put in force on it. A version applies only to the tiers, models and objective
 * that it was made for. Where one of them differs, the route keeps its own rule: with an objective, the last tier serves.
 */
export function applyVersion(policy: Policy, promoted: PromotedVersion | undefined): ServedPolicy {
  if (promoted === undefined) return { policy };
  const { hash, read, lapsed } = promoted;
  const obstacle = 'problem' in read ? read.problem : obstacleOf(policy, hash, read.version);
  if ('version' in read && obstacle === undefined) {
    const { rule, confidenceModel } = read.version;
    const certified = 'maxQualityLoss' in rule.objective && lapsed === undefined;
    const certifiedOn = certified ? recordedModes(read.version) : undefined;
    return {
      policy: { ...policy, rule, certified, version: hash, ...defined({ certifiedOn }) },
      confidenceModel,
    };
  }
  const why = obstacle ?? '';
  const rule = ruleOf(policy.rule).withObstacle?.(policy.rule, why) ?? policy.rule;
  return { policy: { ...policy, rule }, obstacle: why };
}

function recordedModes({ tiers }: Version): Policy['certifiedOn'] {
  const modes = tiers.map(({ source: { streamed, sampling } = {} }) => defined({ streamed, sampling }));
  return modes.some(({ streamed, sampling }) => (streamed ?? sampling) !== undefined) ? modes : undefined;
}

function obstacleOf(policy: Policy, hash: string, version: Version): string | undefined {
  const { objective } = version.rule;
  const wanted = awaitedObjective(policy.rule);
  if (wanted === undefined)
    return `version ${hash} was made for an objective (${objectiveWords(objective)}), and this route has none`;
  const names = (tiers: readonly { name: string }[]): string => tiers.map(({ name }) => name).join(' → ');
  if (names(version.tiers) !== names(policy.tiers))
    return `version ${hash} was made for ${names(version.tiers)}, and this route is ${names(policy.tiers)}`;
  const tiers = versionTiers(policy.tiers);
  const changed = version.tiers.find(({ model }, index) => model !== tiers[index]?.model);
  if (changed !== undefined) {
    const now = policy.tiers.find(({ name }) => name === changed.name)?.model;
    return `version ${hash} was made for ${changed.name} as '${changed.model}', and it is '${now}' now`;
  }
  const asked = version.tiers.find((tier, index) => tier.asked !== tiers[index]?.asked);
  if (asked !== undefined)
    return `version ${hash} was made for ${asked.name} asked with other parameters (params, dropParams, maxOutputTokens) than now`;
  for (const [index, { name, source }] of version.tiers.entries()) {
    const other = sourceDifference(source, policy.tiers[index]?.source);
    if (other !== undefined)
      return `version ${hash} was made from answers of ${name} that differ from what the route asks now: ${other}`;
  }
  if (!sameObjective(objective, wanted))
    return `version ${hash} was made for another objective (${objectiveWords(objective)}) than this route's (${objectiveWords(wanted)})`;
  return 'maxQualityLoss' in objective ? uncovered(hash, version, objective) : undefined;
}

function sameObjective(one: Objective, other: Objective): boolean {
  const keys = Object.keys(one);
  const values = (objective: Objective): Record<string, number> => ({ ...objective });
  return (
    keys.length === Object.keys(other).length && keys.every((key) => values(one)[key] === values(other)[key])
  );
}

/** A promise of quality needs a certificate that promises at least as much. Errors among accepted answers bound the loss. */
function uncovered(
  hash: string,
  { certificate }: Version,
  { maxQualityLoss, certainty }: Extract<Objective, { maxQualityLoss: number }>,
): string | undefined {
  if (certificate === undefined) return `version ${hash} has no certificate`;
  const { limit, level } = certificate;
  const covers = limit <= maxQualityLoss + ROUNDING && level <= 1 - certainty + ROUNDING;
  return covers
    ? undefined
    : `the certificate of version ${hash} promises less (at most ${limit} lost, wrong at most ${level} of the time) than this route's objective`;
}
