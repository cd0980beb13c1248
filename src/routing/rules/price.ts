import { flawOf } from '../attempt.ts';
import type { Judgement } from '../judgement.ts';
import { lastTier, type Answered, type Setting } from '../setting.ts';
import type { Policy } from '../policy.ts';
import { describePaidSignals } from './describe-paid-signals.ts';
import { objectiveWords } from './objective.ts';
import { paceOf } from './pace.ts';
import { actionName, entryReason, priceReason } from './price-reasons.ts';
import {
  cheapest,
  costIn,
  pointAt,
  weigh,
  type PathPoint,
  type PriceRule,
  type WeighedAction,
} from './price-rule.ts';
import type { PolicyRule, Weighed } from './rule.ts';

/** A solved policy, from a version: `price-rule.ts` has its data and its arithmetic, `price-reasons.ts` its words. */
export const priceRule: PolicyRule<PriceRule> = {
  kind: 'price',
  asksLogprobs: true,
  awaitsVersion: false,
  weighsAfterFailure: true,
  chooseFirst(setting) {
    const { actions, chosen } = weighHere(setting, undefined);
    const tier =
      chosen?.action.do === 'ask' ? tierIndex(setting.policy, chosen.action.tier) : lastTier(setting);
    return chosen === undefined || actions.length < 2
      ? { tier }
      : { tier, reason: entryReason(chosen, actions), details: { actions: show(actions) } };
  },
  weighAnswer: weighByPrice,
  weighVetoed: weighByPrice,
  objective: ({ objective }) => objective,
  pace: paceOf,
  costUnit: ({ rule, tiers }, group) => costIn(rule.askCost[tiers.at(-1)?.name ?? ''], group),
  describe: ({ rule, tiers, version, certified }) => [
    `For each request, the policy takes the action with the lowest expected cost, counting lost quality at its price (${objectiveWords(rule.objective)}).`,
    ...(version === undefined
      ? []
      : [`Version ${version} is in force: ${certified ? 'certified' : 'not certified'}.`]),
    ...describePaidSignals(tiers, rule.paidCost),
  ],
  summarize: () => 'by the version in force',
};

function weighByPrice(setting: Setting<PriceRule>, answered: Answered): Weighed {
  const { policy } = setting;
  const { tier } = answered;
  const { vetoes } = answered.attempt;
  const { actions, chosen, belief, point } = weighHere(setting, answered);
  const details = { actions: show(actions) };
  const failing = vetoes.length > 0 ? `The answer of ${tier} ${flawOf(answered.attempt)}` : undefined;
  if (chosen === undefined || belief === undefined) {
    const to = chosen?.action.do === 'ask' ? tierIndex(policy, chosen.action.tier) : lastTier(setting);
    const why = failing ?? `Signals that the confidence in ${tier}'s answer needs did not come`;
    return {
      do: 'ask',
      tier: to,
      reason: `${why}, so ${policy.tiers[to]?.name ?? ''} is asked.`,
      details,
    };
  }
  const reason =
    failing === undefined
      ? priceReason(
          { tier, last: policy.tiers.at(-1)?.name ?? '' },
          point.priceOfQuality,
          belief,
          chosen,
          actions,
        )
      : `${failing}, so it is not served; the cheapest alternative is to ${actionName(chosen)}.`;
  const { action } = chosen;
  return action.do === 'ask'
    ? { do: 'ask', tier: tierIndex(policy, action.tier), reason, details }
    : { do: action.do, reason, details };
}

function weighHere(
  { policy, model, request, later }: Setting<PriceRule>,
  answered: Answered | undefined,
): ReturnType<typeof weigh> & { chosen: WeighedAction | undefined; point: PathPoint } {
  const { rule, tiers } = policy;
  const point = pointAt(rule, request.u, request.position);
  const { belief, actions } = weigh(
    rule,
    point,
    model,
    request,
    answered === undefined
      ? { at: 'start' }
      : {
          at: 'answered',
          tier: answered.tier,
          paid: answered.paid,
          vetoed: answered.attempt.vetoes.length > 0,
          signals: answered.signals,
        },
    {
      later: later.map((index) => tiers[index]?.name ?? ''),
      last: tiers.at(-1)?.name ?? '',
      paid: answered?.paidOpen ?? false,
    },
  );
  const chosen = cheapest(actions);
  return belief === undefined ? { actions, chosen, point } : { belief, actions, chosen, point };
}

function show(actions: readonly WeighedAction[]): NonNullable<Judgement['actions']> {
  return actions.map((each) => {
    const shown = { action: actionName(each), expectedCostUsd: each.expectedCost / 1e9 };
    return each.action.do === 'accept' ? shown : { ...shown, callCostUsd: each.callCost / 1e9 };
  });
}

function tierIndex({ tiers }: Pick<Policy<PriceRule>, 'tiers'>, name: string): number {
  const index = tiers.findIndex((tier) => tier.name === name);
  if (index < 0) throw new RangeError(`no tier is named '${name}'`);
  return index;
}
