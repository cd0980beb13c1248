import type { Attempt, Signals } from './attempt.ts';
import type { Judgement, RequestView } from './cascade.ts';
import { believe, contributions, type ConfidenceModel } from './confidence/confidence.ts';
import { heuristicVerdict } from './rules/heuristic.ts';
import type { Policy } from './policy.ts';
import { cheapest, pointAt, weigh, type PriceRule, type WeighedAction } from './rules/price-rule.ts';
import { actionName, entryReason, missingVersion, priceReason, share } from './reasons.ts';

/** An answer that was given, with all that is known of it. */
export interface Answered {
  attempt: Attempt;
  /** Its own signals, and the paid ones where they were bought. */
  signals: Signals;
  paid: boolean;
  /** The paid signals can be had, and have not been tried. */
  paidOpen: boolean;
}

/** What is done next, and why. `ask` names an index into the policy's tiers. */
export type Choice = { judgement?: Judgement } & (
  | { do: 'accept' }
  | { do: 'paid' }
  | { do: 'ask'; tier: number }
);

interface Setting {
  policy: Policy;
  model: ConfidenceModel;
  request: RequestView;
  /** Indices of the tiers that may still be asked, in order. */
  later: readonly number[];
}

/** Which tier is asked first. Only a solved policy has a choice; the others begin at the first, or at the last. */
export function enter(setting: Setting): Choice {
  const { policy, later } = setting;
  const [first = 0] = later;
  const last = later.at(-1) ?? first;
  if (policy.rule.kind === 'last') return { do: 'ask', tier: last };
  if (policy.rule.kind !== 'price') return { do: 'ask', tier: first };
  const { actions, chosen } = weighHere(policy.rule, setting, undefined);
  const tier = chosen?.action.do === 'ask' ? tierIndex(policy, chosen.action.tier) : last;
  if (chosen === undefined || actions.length < 2) return { do: 'ask', tier };
  const name = policy.tiers[tier]?.name ?? '';
  const reason = entryReason(chosen, actions);
  return { do: 'ask', tier, judgement: { tier: name, action: 'enter', actions: show(actions), reason } };
}

/** What is done after a tier failed: a solved policy weighs anew what is left, the others ask the next tier. */
export function afterFailing(setting: Setting, answered: Answered | undefined): Choice {
  const { policy, later } = setting;
  const [next = 0] = later;
  if (policy.rule.kind !== 'price') return { do: 'ask', tier: next };
  return answered === undefined ? enter(setting) : judge(setting, answered);
}

/**
 * Serve an answer, buy its paid signals, or ask on, and why, in a sentence. Without a later tier the answer is served.
 */
export function judge(setting: Setting, answered: Answered): Choice & { judgement: Judgement } {
  const { policy, model, request, later } = setting;
  const { attempt, signals, paid } = answered;
  const tier = policy.tiers[attempt.tier]?.name ?? String(attempt.tier);
  const base = { tier, callId: attempt.callId, vetoes: attempt.vetoes };
  const [next] = later;
  if (next === undefined)
    return {
      do: 'accept',
      judgement: { ...base, action: 'accept', reason: finalReason(policy, tier, attempt) },
    };
  const all = { ...request.features, ...signals };
  const state = { tier, paid, group: request.group };
  const belief = believe(model, state, all);
  const known =
    belief === undefined ? base : { ...base, ...belief, contributions: contributions(model, state, all) };
  const on = (to: number, reason: string, more: object = {}): Choice & { judgement: Judgement } => ({
    do: 'ask',
    tier: to,
    judgement: { ...known, ...more, action: 'escalate', reason },
  });
  const { rule } = policy;
  if (rule.kind === 'price') return judgeByPrice(rule, setting, answered, known);
  if (attempt.vetoes.length > 0)
    return on(
      next,
      `The answer of ${tier} fails a check (${attempt.vetoes.join(', ')}), so the next tier is asked.`,
    );
  if (rule.kind === 'heuristic') {
    const { action, reason } = heuristicVerdict(rule.version, tier, signals);
    return action === 'accept' ? { do: 'accept', judgement: { ...known, action, reason } } : on(next, reason);
  }
  if (rule.kind === 'last') return on(next, finalReason(policy, tier, attempt));
  const threshold = rule.thresholds[attempt.tier] ?? 1;
  if (belief === undefined) {
    const accepts = rule.withoutConfidence === 'accept';
    const what = accepts ? 'the route accepts such answers' : 'the route asks the next tier then';
    const reason = `The confidence in ${tier}'s answer is not known (no log-probabilities came), and ${what}.`;
    return accepts
      ? { do: 'accept', judgement: { ...known, threshold, action: 'accept', reason } }
      : on(next, reason, { threshold });
  }
  const accepts = belief.confidence >= threshold;
  const comparison = `Confidence ${share(belief.confidence)} in ${tier}'s answer ${accepts ? 'reaches' : 'is under'} the threshold ${share(threshold)}`;
  return accepts
    ? { do: 'accept', judgement: { ...known, threshold, action: 'accept', reason: `${comparison}.` } }
    : on(next, `${comparison}, so the next tier is asked.`, { threshold });
}

function judgeByPrice(
  rule: PriceRule,
  setting: Setting,
  answered: Answered,
  known: Omit<Judgement, 'action' | 'reason'>,
): Choice & { judgement: Judgement } {
  const { policy, request, later } = setting;
  const { tier } = known;
  const vetoes = answered.attempt.vetoes;
  const { actions, chosen, belief } = weighHere(rule, setting, answered);
  const lastOpen = later.at(-1) ?? 0;
  const shown = { ...known, actions: show(actions) };
  const failing =
    vetoes.length > 0 ? `The answer of ${tier} fails a check (${vetoes.join(', ')})` : undefined;
  if (chosen === undefined || belief === undefined) {
    const to = chosen?.action.do === 'ask' ? tierIndex(policy, chosen.action.tier) : lastOpen;
    const name = policy.tiers[to]?.name ?? '';
    const why = failing ?? `Signals that the confidence in ${tier}'s answer needs did not come`;
    return {
      do: 'ask',
      tier: to,
      judgement: { ...shown, action: 'escalate', reason: `${why}, so ${name} is asked.` },
    };
  }
  const { priceOfQuality } = pointAt(rule, request.u, request.place);
  const reason =
    failing === undefined
      ? priceReason(tier, priceOfQuality, belief, chosen, actions)
      : `${failing}, so it is not served; the cheapest way on is to ${actionName(chosen)}.`;
  switch (chosen.action.do) {
    case 'accept':
      return { do: 'accept', judgement: { ...shown, action: 'accept', reason } };
    case 'paid':
      return { do: 'paid', judgement: { ...shown, action: 'paid', reason } };
    case 'ask':
      return {
        do: 'ask',
        tier: tierIndex(policy, chosen.action.tier),
        judgement: { ...shown, action: 'escalate', reason },
      };
  }
}

function weighHere(
  rule: PriceRule,
  { policy, model, request, later }: Setting,
  answered: Answered | undefined,
): ReturnType<typeof weigh> & { chosen: WeighedAction | undefined } {
  const names = later.map((index) => policy.tiers[index]?.name ?? '');
  const weighed = weigh(
    rule,
    pointAt(rule, request.u, request.place),
    model,
    request,
    answered === undefined
      ? { at: 'start' }
      : {
          at: 'answered',
          tier: policy.tiers[answered.attempt.tier]?.name ?? '',
          paid: answered.paid,
          vetoed: answered.attempt.vetoes.length > 0,
          signals: answered.signals,
        },
    { later: names, last: policy.tiers.at(-1)?.name ?? '', paid: answered?.paidOpen ?? false },
  );
  return { ...weighed, chosen: cheapest(weighed.actions) };
}

function show(actions: readonly WeighedAction[]): NonNullable<Judgement['actions']> {
  return actions.map((each) => ({ action: actionName(each), expectedCostUsd: each.expectedCost / 1e9 }));
}

function tierIndex(policy: Policy, name: string): number {
  return policy.tiers.findIndex((tier) => tier.name === name);
}

function finalReason(policy: Policy, tier: string, { tier: index, vetoes }: Attempt): string {
  if (policy.rule.kind === 'last')
    return policy.rule.why === undefined
      ? `${tier} answers everything: ${missingVersion(policy.rule.objective)} is in force.`
      : `${tier} answers everything: ${policy.rule.why}.`;
  const which = index === policy.tiers.length - 1 ? 'the last tier' : 'the last tier this request may use';
  const fate = vetoes.length === 0 ? 'is served' : `fails a check (${vetoes.join(', ')})`;
  return `${tier} is ${which}: its answer ${fate}.`;
}
