import type { Policy, Tier } from '../../routing/policy.ts';
import type { Objective } from '../../routing/rules/price-rule.ts';
import { formatDuration } from '../schema/duration.ts';
import type { RouteConfig } from '../schema/schema.ts';

/** Digits beyond these are noise of binary fractions: .07 × 100 is not 7 by itself. */
const percent = (share: number): string => `${Number((share * 100).toPrecision(6))} %`;

const list = (words: readonly string[]): string => words.join(', ');

function describeTier({ name, model, upstream, location }: Tier): string {
  return `${name} (${model} at ${upstream}, ${location})`;
}

function describeRule({ rule, tiers, version, certified }: Policy, unread: string | undefined): string[] {
  const last = tiers.at(-1)?.name ?? '';
  if (tiers.length === 1) return [`${last} answers everything: there is no other tier.`];
  switch (rule.kind) {
    case 'thresholds': {
      const each = rule.thresholds.map(
        (threshold, index) => `${tiers[index]?.name ?? ''}'s from ${threshold}`,
      );
      const unknown = rule.withoutConfidence === 'accept' ? 'is served' : 'goes on to the next tier';
      return [
        `An answer is served by its confidence: ${list(each)}; ${last}'s always. One whose confidence nobody knows ${unknown}.`,
        'These thresholds were set by hand: not certified.',
      ];
    }
    case 'heuristic':
      return [
        `An answer is served unless the rule ${rule.version} of adaptive-llm-routing (length, entropy, log-probability) sends it on; ${last}'s always.`,
        'This rule promises nothing: not certified.',
      ];
    case 'price':
      return [
        `Of all that can be done with a request it does what is expected to cost least, lost quality counted at its price (${describeObjective(rule.objective)}).`,
        ...(version === undefined
          ? []
          : [`Version ${version} is in force: ${certified ? 'certified' : 'not certified'}.`]),
      ];
    case 'last':
      if (unread !== undefined)
        return [
          `Which version of this route is in force, if any, is not known: ${unread}.`,
          `Without one, ${last} answers everything, and nothing is saved.`,
        ];
      return [
        ...(rule.why === undefined ? [] : [`The version that was promoted does not apply: ${rule.why}.`]),
        describeWaiting(rule.objective, last),
      ];
  }
}

function describeObjective(objective: Objective): string {
  if ('maxQualityLoss' in objective)
    return `at most ${percent(objective.maxQualityLoss)} of quality lost, with a certainty of ${percent(objective.certainty)}`;
  if ('budgetUsdPerRequest' in objective) return `$${objective.budgetUsdPerRequest} a request on average`;
  return `a good answer is worth $${objective.valueOfGoodAnswerUsd}`;
}

function describeWaiting(objective: Objective, last: string): string {
  if ('maxQualityLoss' in objective)
    return `No version is certified to lose at most ${percent(objective.maxQualityLoss)} of quality with a certainty of ${percent(objective.certainty)}: until one is, ${last} answers everything, and nothing is saved.`;
  return `No version was fitted for this objective (${describeObjective(objective)}): until \`weir tune\` makes one and it is promoted, ${last} answers everything.`;
}

function describeData({ data, tiers }: Policy): string[] {
  return Object.entries(data).map(([name, where]) => {
    const allowed = tiers
      .filter(({ location }) => where === 'cloud' || location === where)
      .map((tier) => tier.name);
    return `Data of class '${name}' may go to ${allowed.length === 0 ? 'no tier: such requests are refused' : list(allowed)}.`;
  });
}

/** Only a solved policy ever buys them. */
function describePaid({ rule, tiers }: Policy): string[] {
  if (rule.kind !== 'price' && rule.kind !== 'last') return [];
  return tiers.slice(0, -1).flatMap(({ name, paidSignals = [] }) => {
    if (paidSignals.length > 0)
      return [
        `Where it is worth its cost, ${name} is asked about its own answer (${list(paidSignals)}), by a version that was fitted with that.`,
      ];
    return rule.kind === 'price' && Object.hasOwn(rule.paidCost, name)
      ? [
          `The version in force was fitted with paid signals of ${name}, and models.${name}.paidSignals names none: it decides without them, at another cost and quality than it was fitted for.`,
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
 * @param unread why nobody knows which versions are in force; absent where that is known.
 */
export function describeRoute(policy: Policy, route: RouteConfig, unread?: string): string[] {
  const served = route.serves.length === 0 ? '' : ` and under ${list(route.serves)}`;
  return [
    `Clients reach it under the name '${policy.route}'${served}.`,
    `It asks ${policy.tiers.map(describeTier).join(', then ')}.`,
    ...describeRule(policy, unread),
    ...describePaid(policy),
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
