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

/** Why an answer is served, sent on, or assessed by its model: in money. */
export function priceReason(
  tier: string,
  priceOfQuality: number,
  belief: Belief,
  chosen: WeighedAction,
  actions: readonly WeighedAction[],
): string {
  const gain = belief.gain ?? 0;
  const opening =
    gain > 0
      ? `The last tier's answer is expected to be better than ${tier}'s by ${shortProbability(gain)} (1 = a whole acceptable answer), worth ${nanoDollars(gain * priceOfQuality)} here.`
      : `The last tier's answer is not expected to be better than ${tier}'s (by ${shortProbability(gain)}; 1 = a whole acceptable answer).`;
  const accept = actions.find(({ action }) => action.do === 'accept');
  const best = actions
    .filter(({ action }) => action.do !== 'accept')
    .reduce<WeighedAction | undefined>(
      (least, each) => (least === undefined || each.expectedCost < least.expectedCost ? each : least),
      undefined,
    );
  const serving = (cost: number): string =>
    cost > 0 ? `is expected to cost ${nanoDollars(cost)}, lost quality included` : 'costs nothing';
  if (chosen.action.do === 'accept')
    return best === undefined
      ? `${opening} Nothing else can be done, so the answer is served.`
      : `${opening} Serving ${tier}'s answer ${serving(chosen.expectedCost)}; the cheapest alternative, ${alternative(best)}, ${nanoDollars(best.expectedCost)}. So it is served.`;
  const instead =
    accept === undefined
      ? ''
      : ` Serving ${tier}'s answer would cost ${nanoDollars(accept.expectedCost)}, lost quality included.`;
  const step =
    chosen.action.do === 'paid'
      ? `Buying the paid signals costs ${nanoDollars(chosen.callCost)}, and is expected to cost ${nanoDollars(chosen.expectedCost)} in all.`
      : `Asking ${chosen.action.do === 'ask' ? chosen.action.tier : ''} is expected to cost ${nanoDollars(chosen.expectedCost)}.`;
  return `${opening} ${step}${instead}`;
}

function alternative({ action }: WeighedAction): string {
  return action.do === 'ask' ? `asking ${action.tier}` : 'buying the paid signals';
}
