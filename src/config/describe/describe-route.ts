import type { Policy, Tier } from '../../routing/policy.ts';
import type { PolicyRule } from '../../routing/rules/rule.ts';
import { ruleOf, RULES } from '../../routing/rules/rules.ts';
import { formatDuration } from '../schema/duration.ts';
import type { RouteConfig } from '../schema/schema.ts';

const list = (words: readonly string[]): string => words.join(', ');

function describeTier({ name, model, upstream, location }: Tier): string {
  return `${name} (${model} at ${upstream}, ${location})`;
}

/** How a route decides, in sentences. @param rules the table that the policy's rule is looked up in */
export function describeRule(
  policy: Policy,
  unread: string | undefined,
  rules: readonly PolicyRule[] = RULES,
): string[] {
  const { rule, tiers } = policy;
  return tiers.length === 1
    ? [`${tiers[0]?.name ?? ''} answers everything: there is no other tier.`]
    : ruleOf(rule, rules).describe(policy, unread);
}

function describeData({ data, tiers }: Policy): string[] {
  return Object.entries(data).map(([name, where]) => {
    const allowed = tiers
      .filter(({ location }) => where === 'cloud' || location === where)
      .map((tier) => tier.name);
    return `Data of class '${name}' may go to ${allowed.length === 0 ? 'no tier: such requests are refused' : list(allowed)}.`;
  });
}

function describeUnknowns({ tiers }: Policy): string[] {
  const unpriced = tiers.filter(({ price }) => price === undefined).map(({ name }) => name);
  const unmeasured = tiers.filter(({ contextTokens }) => contextTokens === undefined).map(({ name }) => name);
  return [
    ...(unpriced.length === 0
      ? []
      : [
          `No price is known for ${list(unpriced)}: what it costs is left out, and so is what is saved. models.NAME.price sets it.`,
        ]),
    ...(unmeasured.length === 0
      ? []
      : [
          `How long a prompt may be is not known for ${list(unmeasured)}; \`weir doctor\` asks, or models.NAME.contextTokens sets it.`,
        ]),
  ];
}

/**
 * What a route will do with a request, in sentences.
 * @param unread why it is not known which versions are in force; absent where that is known.
 */
export function describeRoute(policy: Policy, route: RouteConfig, unread?: string): string[] {
  const served = route.serves.length === 0 ? '' : ` and under ${list(route.serves)}`;
  return [
    `Clients reach it under the name '${policy.route}'${served}.`,
    `It asks ${policy.tiers.map(describeTier).join(', then ')}.`,
    ...describeRule(policy, unread),
    ...(policy.tiers.length === 1 && route.onAbstain === 'serve'
      ? []
      : [
          `A stream is held back until its answer is decided on; its headers wait at most ${formatDuration(route.headerWait)}, and a comment keeps it alive every ${formatDuration(route.keepAlive)}.`,
        ]),
    route.onAbstain === 'serve'
      ? 'Where no tier gives an acceptable answer, the best one is served, and marked.'
      : 'Where no tier gives an acceptable answer, the request gets a 422.',
    ...describeData(policy),
    ...describeUnknowns(policy),
  ];
}
