import { flawOf, NOT_JUDGED, type Attempt } from './attempt.ts';
import { believe, signalContributions } from './confidence/confidence.ts';
import type { Judgement } from './judgement.ts';
import { nextTier, type Answered, type Setting } from './setting.ts';
import type { NextAction, PolicyRule, Weighed } from './rules/rule.ts';

/**
 * What happens next, and what was decided about a tier, where something was. `fall-short`: the rule would ask a tier that this
 * request may not use, and there is no other.
 */
export type Chosen = (NextAction | { do: 'fall-short' }) & { judgement?: Judgement };

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

/**
 * Serve an answer, buy its paid signals, or ask on. The answer of the policy's last tier is served. Any other is weighed as if
 * the request could use every later tier: what keeps it from a tier must not make an answer good enough.
 */
export function weighAnswer(rule: PolicyRule, setting: Setting, answered: Answered): Chosen {
  const { policy, model, request, later, closed = [] } = setting;
  const { attempt, signals, tier, paid } = answered;
  const { callId, vetoes, schemaNotJudged } = attempt;
  const base =
    schemaNotJudged === undefined ? { tier, callId, vetoes } : { tier, callId, vetoes, schemaNotJudged };
  if (later.length === 0 && closed.length === 0) {
    const reason = rule.finalReason?.(policy.rule, tier) ?? finalReason(tier, attempt);
    return { do: 'accept', judgement: { ...base, action: 'accept', reason } };
  }
  const all = { ...request.features, ...signals };
  const state = { tier, paid, group: request.group };
  const belief = believe(model, state, all);
  const known =
    belief === undefined
      ? base
      : { ...base, ...belief, contributions: signalContributions(model, state, all) };
  const unrestricted =
    closed.length === 0 ? setting : { ...setting, later: [...later, ...closed].toSorted((a, b) => a - b) };
  const weighed =
    vetoes.length === 0
      ? rule.weighAnswer(unrestricted, answered, belief)
      : (rule.weighVetoed?.(unrestricted, answered, belief) ?? askNext(unrestricted, answered));
  const { details, reason } = weighed;
  const judgement: Judgement = { ...known, ...details, action: ACTIONS[weighed.do], reason };
  if (weighed.do !== 'ask') return { do: weighed.do, judgement };
  if (!closed.includes(weighed.tier)) return { do: 'ask', tier: weighed.tier, judgement };
  const missed = `${reason} But this request may not use ${policy.tiers[weighed.tier]?.name ?? ''}`;
  const [next] = later;
  if (next === undefined)
    return {
      do: 'fall-short',
      judgement: { ...judgement, action: 'abstain', reason: `${missed}, nor any other later tier.` },
    };
  const instead = `${missed}, so ${policy.tiers[next]?.name ?? ''} is asked instead.`;
  return { do: 'ask', tier: next, judgement: { ...judgement, reason: instead } };
}

/** Actions as records name them. */
const ACTIONS = { accept: 'accept', ask: 'escalate', paid: 'paid' } as const;

function askNext(setting: Setting, { tier, attempt }: Answered): Weighed {
  const reason = `The answer of ${tier} ${flawOf(attempt)}, so the next tier is asked.`;
  return { do: 'ask', tier: nextTier(setting), reason };
}

function finalReason(tier: string, attempt: Attempt): string {
  const { vetoes } = attempt;
  const served = vetoes.every((veto) => veto === NOT_JUDGED);
  const fate =
    vetoes.length === 0 ? 'is served' : served ? `${flawOf(attempt)}, and is served` : flawOf(attempt);
  return `${tier} is the last tier: its answer ${fate}.`;
}
