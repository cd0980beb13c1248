import { andList } from '../../format/and-list.ts';
import { commandLine } from '../../format/command-line.ts';
import { counted } from '../../format/counted.ts';
import { dollars } from '../../format/money.ts';
import type { Policy, Tier } from '../../routing/policy.ts';
import type { PolicyRule } from '../../routing/rules/rule.ts';
import { ruleOf, RULES } from '../../routing/rules/rules.ts';
import { describePrices } from './describe-prices.ts';
import { formatDuration } from '../schema/duration.ts';
import type { RouteConfig } from '../schema/schema.ts';

const list = (words: readonly string[]): string => words.join(', ');

/** `The price of small is`, or `The prices of small and large are`. */
function ofAll(names: readonly string[], one: string, several: string): string {
  return names.length === 1 ? `${one} of ${andList(names)} is` : `${several} of ${andList(names)} are`;
}

function describeTier({ name, model, upstream, location, asking }: Tier): string {
  const most = asking?.maxOutputTokens;
  return `${name} (${model} at ${upstream}, ${location}${most === undefined ? '' : `, answers of at most ${counted(most, 'token')}`})`;
}

/** Says how a route decides. @param rules the table in which the policy's rule is looked up */
export function describeRule(
  policy: Policy,
  unread: string | undefined,
  rules: readonly PolicyRule[] = RULES,
): string[] {
  const { rule, tiers } = policy;
  return tiers.length === 1
    ? [`${tiers[0]?.name ?? ''} answers everything, because there is no other tier.`]
    : ruleOf(rule, rules).describe(policy, unread);
}

function describeData({ data, tiers }: Policy): string[] {
  return Object.entries(data).map(([name, where]) => {
    const allowed = tiers
      .filter(({ location }) => where === 'cloud' || location === where)
      .map((tier) => tier.name);
    return allowed.length === 0
      ? `Data of class '${name}' may go to no tier, so such requests are refused.`
      : `Data of class '${name}' may go to ${list(allowed)}.`;
  });
}

function describeFailures({ tiers, onLastTierFailure }: Policy, { onTierFailure }: RouteConfig): string[] {
  if (tiers.length === 1) return [];
  const last = tiers.at(-1)?.name ?? '';
  const bound =
    onTierFailure === undefined
      ? 'whatever that costs'
      : `while failures cost at most ${dollars(onTierFailure.maxExtraUsdPerHour)} more in an hour; then such requests get status 503`;
  const fate =
    onLastTierFailure === 'error'
      ? 'the request gets its error'
      : 'the best earlier answer is served and marked';
  const closed = tiers
    .slice(1)
    .filter(({ direct }) => direct === false)
    .map(({ name }) => name);
  return [
    `If a tier fails, the next one is asked, ${bound}. If ${last} fails, ${fate}.`,
    ...(closed.length === 0
      ? []
      : [`${andList(closed)} may not be asked first by clients, only after an earlier tier.`]),
  ];
}

function describeUnknowns({ tiers }: Policy): string[] {
  const unmeasured = tiers.filter(({ contextTokens }) => contextTokens === undefined).map(({ name }) => name);
  return unmeasured.length === 0
    ? []
    : [
        `${ofAll(unmeasured, 'The context size', 'The context sizes')} not known. Run ${commandLine('doctor')} to find out, or set models.NAME.contextTokens.`,
      ];
}

/**
 * Says what a route does with a request.
 * @param unread why the versions in force are not known; absent if they are.
 */
export function describeRoute(policy: Policy, route: RouteConfig, unread?: string): string[] {
  const served = route.serves.length === 0 ? '' : ` or as ${list(route.serves)}`;
  return [
    `Clients ask for it as '${policy.route}'${served}.`,
    `It asks ${policy.tiers.map(describeTier).join(', then ')}.`,
    ...describeRule(policy, unread),
    ...(policy.tiers.length === 1 && route.onAbstain === 'serve'
      ? []
      : [
          `A stream is held back until its answer is decided on. Its headers wait at most ${formatDuration(route.headerWait)}, and a comment every ${formatDuration(route.keepAlive)} keeps it alive.`,
        ]),
    route.onAbstain === 'serve'
      ? 'If no tier gives an acceptable answer, the best one is served and marked.'
      : 'If no tier gives an acceptable answer, the request gets status 422.',
    ...describeFailures(policy, route),
    ...describeData(policy),
    ...describePrices(policy),
    ...describeUnknowns(policy),
  ];
}
