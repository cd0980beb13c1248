import type { Signals } from '../../src/routing/attempt.ts';

/** What signals are computed from. Every signal belongs to one family. */
export const families = [
  'level',
  'windows',
  'margins',
  'entropy',
  'answer span',
  'digits',
  'length',
  'request',
] as const;

export type Family = (typeof families)[number];

/** The families that are read from the answer and its tokens; `request` is known before any model is asked. */
export const answerFamilies: readonly Family[] = families.filter((family) => family !== 'request');

const PATTERNS: readonly (readonly [Family, RegExp])[] = [
  ['answer span', /^span\./],
  ['digits', /^digits\./],
  ['level', /^(?:mean|min|p10)Logprob$/],
  ['windows', /^worstWindowLogprob$/],
  ['margins', /Margin$/],
  ['entropy', /^(?:meanEntropy|maxEntropy|unlikelyShare)$/],
  ['length', /^(?:outputTokens|scoredTokens|answerWords)$/],
  ['request', /^(?:promptTokens|turns)$/],
];

/** @throws {RangeError} for a signal without a family: add every new signal to one, or a table would leave it out. */
export function familyOf(signal: string): Family {
  const found = PATTERNS.find(([, pattern]) => pattern.test(signal));
  if (found === undefined) throw new RangeError(`the signal ${signal} belongs to no family`);
  return found[0];
}

/** The signals of these families alone. */
export function onlyFamilies(signals: Signals, kept: readonly Family[]): Signals {
  return Object.fromEntries(Object.entries(signals).filter(([name]) => kept.includes(familyOf(name))));
}
