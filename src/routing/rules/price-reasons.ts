import { nanoDollars } from '../../format/money.ts';
import { shortProbability } from '../../format/probability.ts';
import type { Belief } from '../confidence/confidence.ts';
import type { WeighedAction } from './price-rule.ts';

/** What an action is called in a sentence and in `/v1/decisions/{id}`. */
export function actionName({ action }: WeighedAction): string {
  return action.do === 'ask'
    ? `ask ${action.tier}`
    : action.do === 'paid'
      ? 'buy the paid signals'
      : 'accept';
}

/** Why the first tier asked is the one it is. */
export function entryReason(chosen: WeighedAction, others: readonly WeighedAction[]): string {
  const tier = chosen.action.do === 'ask' ? chosen.action.tier : '';
  const rest = others.filter((other) => other !== chosen);
  if (rest.length === 0) return `${tier} is the only tier that may be asked.`;
  const compared = rest.map(
    (other) =>
      `${nanoDollars(other.expectedCost)} if ${other.action.do === 'ask' ? other.action.tier : ''} is asked first`,
  );
  return `Before anything is asked, ${tier} is the cheapest first tier: ${nanoDollars(chosen.expectedCost)} expected in all, lost quality included, against ${compared.join(', ')}.`;
}

/** Why an answer is served, sent on, or assessed by its model: first what was weighed, then what follows from it. */
export function priceReason(
  { tier, last }: { tier: string; last: string },
  priceOfQuality: number,
  belief: Belief,
  chosen: WeighedAction,
  actions: readonly WeighedAction[],
): string {
  const opening = weighed({ tier, last }, priceOfQuality, belief, actions);
  const accept = actions.find(({ action }) => action.do === 'accept');
  const best = actions
    .filter(({ action }) => action.do !== 'accept')
    .reduce<WeighedAction | undefined>(
      (least, each) => (least === undefined || each.expectedCost < least.expectedCost ? each : least),
      undefined,
    );
  if (chosen.action.do === 'accept') {
    if (best === undefined) return `${opening} Nothing else can be done, so ${tier}'s answer is served.`;
    const cost = chosen.expectedCost;
    const serving =
      cost > 0 ? `is expected to cost ${nanoDollars(cost)}, lost quality included` : 'costs nothing';
    return `${opening} So ${tier}'s answer is served: that ${serving}; the cheapest alternative, ${alternative(best)}, ${nanoDollars(best.expectedCost)}.`;
  }
  const instead =
    accept === undefined
      ? ''
      : ` Serving ${tier}'s answer would cost ${nanoDollars(accept.expectedCost)}, lost quality included.`;
  const step =
    chosen.action.do === 'paid'
      ? `So the paid signals are bought: they cost ${nanoDollars(chosen.callCost)}, and ${nanoDollars(chosen.expectedCost)} is expected in all.`
      : `So ${chosen.action.do === 'ask' ? chosen.action.tier : ''} is asked: ${nanoDollars(chosen.expectedCost)} is expected in all.`;
  return `${opening} ${step}${instead}`;
}

/** A gain may be estimated a little above what the confidence leaves room for; more than this is a sign. */
const ROOM = 0.01;

/** What the last tier would add, what that is worth, and what it costs. */
function weighed(
  { tier, last }: { tier: string; last: string },
  priceOfQuality: number,
  { confidence, gain = 0 }: Belief,
  actions: readonly WeighedAction[],
): string {
  const asking = actions.find(({ action }) => action.do === 'ask' && action.tier === last);
  const price = asking === undefined ? '' : `; asking it costs ${nanoDollars(asking.callCost)}`;
  const cases = casesOf(Math.abs(gain));
  const opening =
    gain > 0
      ? `${last} would be right in ${cases} such cases more than ${tier}, worth ${nanoDollars(gain * priceOfQuality)} here${price}.`
      : gain < 0
        ? `${last} would be right in ${cases} such cases fewer than ${tier}${price}.`
        : `${last} would be right as often as ${tier}${price}.`;
  return gain <= 1 - confidence + ROOM
    ? opening
    : `${opening} (That is more than a confidence of ${shortProbability(confidence)} leaves room for: this request is unlike those that the policy was fitted on.)`;
}

/** A share in whole cases: of 100, or of as many more as it takes to see one. */
function casesOf(share: number): string {
  if (share >= 0.01) return `${Math.round(share * 100)} of 100`;
  if (share >= 0.001) return `${Math.round(share * 1_000)} of 1,000`;
  return share >= 0.0001 ? `${Math.round(share * 10_000)} of 10,000` : 'fewer than 1 of 10,000';
}

function alternative({ action }: WeighedAction): string {
  return action.do === 'ask' ? `asking ${action.tier}` : 'buying the paid signals';
}
