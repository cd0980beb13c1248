import type { Belief } from './confidence/confidence.ts';
import type { Objective, WeighedAction } from './rules/price-rule.ts';

/** US dollars for people: three significant digits, without an exponent. */
export function usd(nano: number): string {
  const dollars = Math.abs(nano) / 1e9;
  const digits = dollars === 0 ? 2 : Math.min(12, Math.max(2, 2 - Math.floor(Math.log10(dollars))));
  return `${nano < 0 ? '−' : ''}$${dollars.toFixed(digits)}`;
}

/** Three digits, no trailing noise; never rounds to 1 what is not 1. */
export function share(value: number): string {
  if (value > 0.9995 && value < 1) return '> .999';
  return value
    .toFixed(3)
    .replace(/^(-?)0\./, '$1.')
    .replace('-', '−');
}

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
      `${usd(other.expectedCost)} if ${other.action.do === 'ask' ? other.action.tier : ''} is asked first`,
  );
  return `Before anything is asked, ${tier} is the cheapest first tier: ${usd(chosen.expectedCost)} expected in all, lost quality included, against ${compared.join(', ')}.`;
}

/** Why an answer is served, sent on, or looked at more closely: in money. */
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
      ? `The last tier would add ${share(gain)} of an acceptable answer to ${tier}'s, worth ${usd(gain * priceOfQuality)} here`
      : `The last tier is not expected to do better than ${tier} did (${share(gain)} of an acceptable answer)`;
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
      : `${opening}; the cheapest way on (${actionName(best)}) is expected to cost ${usd(best.expectedCost)}, ${chosen.expectedCost > 0 ? `no less than the ${usd(chosen.expectedCost)} that serving this answer does (doubt included)` : 'serving this answer nothing'}, so it is served.`;
  const served =
    accept === undefined
      ? ''
      : `, less than the ${usd(accept.expectedCost)} that serving this answer does (doubt included)`;
  const step =
    chosen.action.do === 'paid'
      ? `the paid signals cost ${usd(chosen.callCost)} and are expected to lead to ${usd(chosen.expectedCost)} in all`
      : `asking ${chosen.action.do === 'ask' ? chosen.action.tier : ''} is expected to cost ${usd(chosen.expectedCost)}`;
  return `${opening}; ${step}${served}.`;
}

/** An objective in words, as part of a sentence. */
export function objectiveWords(objective: Objective): string {
  if ('maxQualityLoss' in objective)
    return `at most ${objective.maxQualityLoss} of quality lost, with a certainty of ${objective.certainty}`;
  if ('budgetUsdPerRequest' in objective) return `$${objective.budgetUsdPerRequest} a request on average`;
  return `a good answer is worth $${objective.valueOfGoodAnswerUsd}`;
}

/** What a route lacks whose objective no version in force was made for. */
export function missingVersion(objective: Objective): string {
  if ('maxQualityLoss' in objective)
    return `no certified version of the promised quality (at most ${objective.maxQualityLoss} lost)`;
  if ('budgetUsdPerRequest' in objective)
    return `no version fitted for a budget of $${objective.budgetUsdPerRequest} a request`;
  return `no version fitted for a good answer worth $${objective.valueOfGoodAnswerUsd}`;
}
