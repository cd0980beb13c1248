import { exactPercent } from '../../format/percent.ts';
import type { Policy, Tier } from '../../routing/policy.ts';
import type { Objective } from '../../routing/rules/price-rule.ts';
import { formatDuration } from '../schema/duration.ts';
import type { RouteConfig } from '../schema/schema.ts';

const list = (words: readonly string[]): string => words.join(', ');

function describeTier({ name, model, upstream, location }: Tier): string {
  return `${name} (${model} at ${upstream}, ${location})`;
}

function describeRule({ rule, tiers, version, certified }: Policy, unread: string | undefined): string[] {
  const last = tiers.at(-1)?.name ?? '';
  if (tiers.length === 1) return [`${last} answers everything, because there is no other tier.`];
  switch (rule.kind) {
    case 'thresholds': {
      const each = rule.thresholds.map(
        (threshold, index) => `at least ${threshold} for ${tiers[index]?.name ?? ''}`,
      );
      const unknown = rule.withoutConfidence === 'accept' ? 'the answer is served' : 'the next tier is asked';
      return [
        `An answer is served if its confidence is high enough: ${list(each)}. ${last}'s answers are always served. If the confidence is not known, ${unknown}.`,
        'These thresholds were set by hand and are not certified.',
      ];
    }
    case 'heuristic':
      return [
        `Rule ${rule.version} of adaptive-llm-routing (length, entropy, log-probability) decides whether an answer is served. ${last}'s answers are always served.`,
        'This rule promises nothing and is not certified.',
      ];
    case 'price':
      return [
        `Each request takes the course with the lowest expected cost, counting lost quality at its price (${describeObjective(rule.objective)}).`,
        ...(version === undefined
          ? []
          : [`Version ${version} is in force: ${certified ? 'certified' : 'not certified'}.`]),
      ];
    case 'last':
      if (unread !== undefined)
        return [
          `The version in force on this route, if any, is not known: ${unread}.`,
          `Without a version, ${last} answers everything and nothing is saved.`,
        ];
      return [
        ...(rule.why === undefined ? [] : [`The promoted version does not apply: ${rule.why}.`]),
        describeWaiting(rule.objective, last),
      ];
  }
}

function describeObjective(objective: Objective): string {
  if ('maxQualityLoss' in objective)
    return `lose at most ${exactPercent(objective.maxQualityLoss)} of quality, with ${exactPercent(objective.certainty)} certainty`;
  if ('budgetUsdPerRequest' in objective) return `$${objective.budgetUsdPerRequest} per request on average`;
  return `a good answer is worth $${objective.valueOfGoodAnswerUsd}`;
}

function describeWaiting(objective: Objective, last: string): string {
  if ('maxQualityLoss' in objective)
    return `No version is certified for the objective (${describeObjective(objective)}). Until one is, ${last} answers everything and nothing is saved.`;
  return `No version was made for the objective (${describeObjective(objective)}). Until \`weir tune\` makes one and it is promoted, ${last} answers everything.`;
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

/** Only a solved policy asks for paid signals. */
function describePaid({ rule, tiers }: Policy): string[] {
  if (rule.kind !== 'price' && rule.kind !== 'last') return [];
  return tiers.slice(0, -1).flatMap(({ name, paidSignals = [] }) => {
    if (paidSignals.length > 0)
      return [
        `${name} is asked about its own answer (${list(paidSignals)}) if that is worth its cost and the version was fitted with it.`,
      ];
    return rule.kind === 'price' && Object.hasOwn(rule.paidCost, name)
      ? [
          `The version in force was fitted with paid signals of ${name}, but models.${name}.paidSignals names none. It decides without them, so its cost and quality differ from those it was fitted for.`,
        ]
      : [];
  });
}

function describeUnknowns({ tiers }: Policy): string[] {
  const unpriced = tiers.filter(({ price }) => price === undefined).map(({ name }) => name);
  const unmeasured = tiers.filter(({ contextTokens }) => contextTokens === undefined).map(({ name }) => name);
  return [
    ...(unpriced.length === 0
      ? []
      : [
          `The price of ${list(unpriced)} is not known, so costs and savings are left out. Set models.NAME.price.`,
        ]),
    ...(unmeasured.length === 0
      ? []
      : [
          `The context size of ${list(unmeasured)} is not known. Run \`weir doctor\` to find out, or set models.NAME.contextTokens.`,
        ]),
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
    ...describePaid(policy),
    ...(policy.tiers.length === 1 && route.onAbstain === 'serve'
      ? []
      : [
          `A stream is held back until its answer is decided on. Its headers wait at most ${formatDuration(route.headerWait)}, and a comment every ${formatDuration(route.keepAlive)} keeps it alive.`,
        ]),
    route.onAbstain === 'serve'
      ? 'If no tier gives an acceptable answer, the best one is served and marked.'
      : 'If no tier gives an acceptable answer, the request gets status 422.',
    ...describeData(policy),
    ...describeUnknowns(policy),
  ];
}
