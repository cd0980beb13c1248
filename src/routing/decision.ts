import { flawOf, NOT_JUDGED, type Attempt } from './attempt.ts';
import { believe, signalContributions } from './confidence/confidence.ts';
import type { Judgement } from './judgement.ts';
import { nextTier, type Answered, type Setting } from './setting.ts';
import type { Policy } from './policy.ts';
import type { NextAction, PolicyRule, Weighed } from './rules/rule.ts';

/** What happens next, and what was decided about a tier, where something was. */
export type Chosen = NextAction & { judgement?: Judgement };

/** Which tier is asked first. */
export function chooseFirst(rule: PolicyRule, setting: Setting): Chosen {
  const { policy } = setting;
  const { tier, reason, details } = rule.chooseFirst?.(setting) ?? { tier: nextTier(setting) };
  if (reason === undefined) return { do: 'ask', tier };
  const name = policy.tiers[tier]?.name ?? '';
  return { do: 'ask', tier, judgement: { tier: name, action: 'enter', ...details, reason } };
}

/** What happens after a tier failed. */
export function afterFailure(rule: PolicyRule, setting: Setting, answered: Answered | undefined): Chosen {
  if (rule.weighsAfterFailure !== true) return { do: 'ask', tier: nextTier(setting) };
  return answered === undefined ? chooseFirst(rule, setting) : weighAnswer(rule, setting, answered);
}

/** Serve an answer, buy its paid signals, or ask on. Without a later tier the answer is served. */
export function weighAnswer(rule: PolicyRule, setting: Setting, answered: Answered): Chosen {
  const { policy, model, request, later } = setting;
  const { attempt, signals, tier, paid } = answered;
  const { callId, vetoes, schemaNotJudged } = attempt;
  const base =
    schemaNotJudged === undefined ? { tier, callId, vetoes } : { tier, callId, vetoes, schemaNotJudged };
  if (later.length === 0) {
    const reason = rule.finalReason?.(policy.rule, tier) ?? finalReason(policy, tier, attempt);
    return { do: 'accept', judgement: { ...base, action: 'accept', reason } };
  }
  const all = { ...request.features, ...signals };
  const state = { tier, paid, group: request.group };
  const belief = believe(model, state, all);
  const known =
    belief === undefined
      ? base
      : { ...base, ...belief, contributions: signalContributions(model, state, all) };
  const weighed =
    vetoes.length === 0
      ? rule.weighAnswer(setting, answered, belief)
      : (rule.weighVetoed?.(setting, answered, belief) ?? askNext(setting, answered));
  const { details, reason } = weighed;
  const judgement: Judgement = { ...known, ...details, action: ACTIONS[weighed.do], reason };
  return weighed.do === 'ask' ? { do: 'ask', tier: weighed.tier, judgement } : { do: weighed.do, judgement };
}

/** Actions as records name them. */
const ACTIONS = { accept: 'accept', ask: 'escalate', paid: 'paid' } as const;

function askNext(setting: Setting, { tier, attempt }: Answered): Weighed {
  const reason = `The answer of ${tier} ${flawOf(attempt)}, so the next tier is asked.`;
  return { do: 'ask', tier: nextTier(setting), reason };
}

function finalReason({ tiers }: Policy, tier: string, attempt: Attempt): string {
  const { tier: index, vetoes } = attempt;
  const which = index === tiers.length - 1 ? 'the last tier' : 'the last tier this request may use';
  const served = vetoes.every((veto) => veto === NOT_JUDGED);
  const fate =
    vetoes.length === 0 ? 'is served' : served ? `${flawOf(attempt)}, and is served` : flawOf(attempt);
  return `${tier} is ${which}: its answer ${fate}.`;
}
