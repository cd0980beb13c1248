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
      ? `The last tier would add ${shortProbability(gain)} of an acceptable answer to ${tier}'s, worth ${nanoDollars(gain * priceOfQuality)} here`
      : `The last tier is not expected to do better than ${tier} did (${shortProbability(gain)} of an acceptable answer)`;
  const accept = actions.find(({ action }) => action.do === 'accept');
  const best = actions
    .filter(({ action }) => action.do !== 'accept')
    .reduce<WeighedAction | undefined>(
      (least, each) => (least === undefined || each.expectedCost < least.expectedCost ? each : least),
      undefined,
    );
  if (chosen.action.do === 'accept')
    return best === undefined
      ? `${opening}, and nothing else can be done: the answer is served.`
      : `${opening}; the cheapest way on (${actionName(best)}) is expected to cost ${nanoDollars(best.expectedCost)}, ${chosen.expectedCost > 0 ? `no less than the ${nanoDollars(chosen.expectedCost)} that serving this answer does (doubt included)` : 'serving this answer nothing'}, so it is served.`;
  const served =
    accept === undefined
      ? ''
      : `, less than the ${nanoDollars(accept.expectedCost)} that serving this answer does (doubt included)`;
  const step =
    chosen.action.do === 'paid'
      ? `the paid signals cost ${nanoDollars(chosen.callCost)} and are expected to lead to ${nanoDollars(chosen.expectedCost)} in all`
      : `asking ${chosen.action.do === 'ask' ? chosen.action.tier : ''} is expected to cost ${nanoDollars(chosen.expectedCost)}`;
  return `${opening}; ${step}${served}.`;
}
