import { dollars } from '../format/money.ts';
import { exactPercent } from '../format/percent.ts';
import { chooseFirst } from './decision.ts';
import type { ConfidenceModel } from './confidence/confidence.ts';
import type { Judgement } from './judgement.ts';
import type { Policy } from './policy.ts';
import { ruleOf } from './rules/rules.ts';
import type { RequestView } from './setting.ts';
import { tierObstacle } from './tier-obstacle.ts';

/** Something cheaper that could have been done with a request, and was not. What is not known of it is absent. */
export interface NotTaken {
  /** `ask small`: its tier was not asked, or gave no answer. `serve small`: its answer was there. */
  action: string;
  /** What its own call would have cost, or did. */
  callCostUsd?: number;
  /** What it was expected to cost in all: calls, what follows them, and lost quality at its price. */
  expectedCostUsd?: number;
  /** The same of what was done instead at that moment. */
  insteadUsd?: number;
  /** In how many cases like it the last tier would be right and this answer not, less those where it is the other way round: −1..1. */
  expectedLoss?: number;
  /** In plain sentences. */
  reason: string;
}

/** That the last tier alone answered a request, and what the policy would have weighed first. */
export interface ObservedFacts {
  /** Of the conversations that the policy decided then. */
  share: number;
  /** Absent where the policy weighs nothing before a tier has answered. */
  entry?: Judgement;
}

/** A request that has been decided on. */
export interface DecidedRequest {
  /** Names of the route's tiers, cheapest first. */
  tiers: readonly string[];
  judgements: readonly Judgement[];
  /** Name of the tier that served; absent where none did. */
  served?: string;
  observed?: ObservedFacts;
}

/** Why none of the tiers before the one that served did, cheapest first: one entry a tier. Empty where none is cheaper, or nothing was served. */
export function whyNotCheaper({ tiers, judgements, served, observed }: DecidedRequest): NotTaken[] {
  const cheaper = tiers.slice(0, Math.max(0, tiers.indexOf(served ?? '')));
  return cheaper.map((tier) => {
    if (observed !== undefined) {
      const { reason, ...figures } = notAsked(tier, observed.entry, '');
      return { ...figures, reason: `${observedReason(tier, observed)} ${reason}`.trim() };
    }
    const own = judgements.filter((judgement) => judgement.tier === tier && judgement.action !== 'enter');
    const last = own.at(-1);
    if (last === undefined) {
      const weighed = judgements.find(({ actions }) => costOf(actions, `ask ${tier}`) !== undefined);
      if (weighed?.action === 'enter') return { ...notAsked(tier, weighed, ''), reason: weighed.reason };
      return notAsked(tier, weighed, servedReason(judgements, served) ?? `${tier} was not asked.`);
    }
    if (last.action === 'skip' || last.action === 'fail')
      return { action: `ask ${tier}`, reason: sentence(last.reason) };
    return notServed(tier, last);
  });
}

/** What the policy of a route would have weighed before asking a tier, where it weighs anything then. */
export function entryOf(
  policy: Policy,
  model: ConfidenceModel,
  request: RequestView,
): ObservedFacts['entry'] {
  const later = policy.tiers.flatMap((_, index) =>
    tierObstacle(policy, request, index) === undefined ? [index] : [],
  );
  if (later.length === 0) return undefined;
  return chooseFirst(ruleOf(policy.rule), { policy, model, request, later }).judgement;
}

type Actions = Judgement['actions'];

function costOf(actions: Actions, action: string): number | undefined {
  return actions?.find((each) => each.action === action)?.expectedCostUsd;
}

function leastOf(actions: Actions, except: string): number | undefined {
  const others = actions?.filter(({ action }) => action !== except) ?? [];
  return others.length === 0 ? undefined : Math.min(...others.map(({ expectedCostUsd }) => expectedCostUsd));
}

/** @param weighed where asking the tier was weighed, if it was. @param otherwise why it was not asked, where it was not weighed. */
function notAsked(tier: string, weighed: Judgement | undefined, otherwise: string): NotTaken {
  const action = `ask ${tier}`;
  const actions = weighed?.actions;
  const found = actions?.find((each) => each.action === action);
  if (found === undefined) return { action, reason: otherwise };
  const { callCostUsd, expectedCostUsd } = found;
  const insteadUsd = leastOf(actions, action);
  const call = callCostUsd === undefined ? '' : ` (its own call ${dollars(callCostUsd)})`;
  const against = insteadUsd === undefined ? '' : `, against ${dollars(insteadUsd)} otherwise`;
  const figures = `Asking ${tier} was expected to cost ${dollars(expectedCostUsd)} in all, lost quality included${call}${against}.`;
  return {
    action,
    ...(callCostUsd === undefined ? {} : { callCostUsd }),
    expectedCostUsd,
    ...(insteadUsd === undefined ? {} : { insteadUsd }),
    reason: figures,
  };
}

/** Its answer was there, and was not served. */
function notServed(tier: string, { actions, gain, reason }: Judgement): NotTaken {
  const expectedCostUsd = costOf(actions, 'accept');
  const insteadUsd = expectedCostUsd === undefined ? undefined : leastOf(actions, 'accept');
  return {
    action: `serve ${tier}`,
    ...(expectedCostUsd === undefined ? {} : { expectedCostUsd }),
    ...(insteadUsd === undefined ? {} : { insteadUsd }),
    ...(gain === undefined ? {} : { expectedLoss: gain }),
    reason: sentence(reason),
  };
}

function observedReason(tier: string, { share }: ObservedFacts): string {
  const why =
    share === 0
      ? 'the route observes, so its last tier answers everything'
      : `its policy decides ${exactPercent(share)} of the conversations, and this is one of the others, which the last tier alone answers`;
  return `${tier} was not asked before the answer: ${why}.`;
}

/** Why the answer that was served is served, which says why another tier was not asked. */
function servedReason(judgements: readonly Judgement[], served: string | undefined): string | undefined {
  const found = judgements.findLast(({ tier }) => tier === served);
  return found === undefined ? undefined : sentence(found.reason);
}

function sentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`;
}
