import { commandLine } from '../format/command-line.ts';
import { exactPercent } from '../format/percent.ts';
import type { Policy, RuleData } from './policy.ts';
import { awaitedObjective } from './rules/rules.ts';

/** What a policy of one tier decides by: there is nothing to decide. */
export const ONE_TIER: RuleData = { kind: 'thresholds', thresholds: [], withoutConfidence: 'escalate' };

/**
 * The policy of a route that has only the last tier of this one. It answers observed requests, so that there is nothing in which
 * their answers could differ from those of such a route.
 */
export function lastAlone({ route, tiers, onAbstain, onLastTierFailure, data }: Policy): Policy {
  const alone: Policy = { route, tiers: tiers.slice(-1), rule: ONE_TIER, onAbstain, data, certified: false };
  return onLastTierFailure === undefined ? alone : { ...alone, onLastTierFailure };
}

/** What somebody said last of a route's share while a gateway ran, and what the configuration said then. */
export interface StatedShare {
  /** Of the requests that the policy decides, within [0, 1]. */
  share: number;
  configured: number;
}

/**
 * The share of requests that the policy decides now: the last word counts. What was stated while a gateway ran holds until the
 * configuration says another share than it did then.
 */
export function shareNow(configured: number, stated: StatedShare | undefined): number {
  return stated?.configured === configured ? stated.share : configured;
}

/** Whether a route is between observing and serving: some of its requests are decided by the policy, and not all. */
export function isPartial(share: number): boolean {
  return share > 0 && share < 1;
}

/** What a share means, in a clause. */
export function shareWords(share: number): string {
  if (share >= 1) return 'its policy decides every request';
  if (share === 0) return 'it observes, so its last tier answers everything';
  return `its policy decides ${exactPercent(share)} of the conversations, and its last tier answers the others`;
}

/** That a share changes nothing that a client could see, because there is no policy yet; a sentence, or nothing. */
export function waitingWords({ rule, tiers }: Pick<Policy, 'rule' | 'tiers'>): string | undefined {
  if (awaitedObjective(rule) === undefined) return undefined;
  return `No version is in force yet, so ${tiers.at(-1)?.name ?? ''} answers everything until one is, whatever the share.`;
}

/** That an alarm ended a rollout, and how it goes on: sentences that follow those of the alarm. */
export function stoppedWords(
  { route, tiers }: { route: string; tiers: readonly string[] },
  share: number,
): string {
  const percent = exactPercent(share);
  return `The rollout at ${percent} has stopped: ${tiers.at(-1) ?? ''} answers everything until ${commandLine(`rollout ${route} ${percent.replace(' ', '')}`)} resumes it.`;
}
