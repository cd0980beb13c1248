/** What has changed of a route's configuration since it was last looked at, in sentences. */
import { defined } from '../../defined.ts';
import { andList } from '../../format/and-list.ts';
import type { Policy } from '../../routing/policy.ts';
import { sourceDifference } from '../../routing/provenance.ts';
import { versionTiers, type Version } from '../../routing/version.ts';
import type { ObservedChange, LoopSettings } from '../loop/loop.ts';

/** What a certificate depends on besides the tiers: what it promises, where the tiers are asked, and who gives verdicts. */
export type CertificateTerms = Pick<LoopSettings, 'objective' | 'scorer' | 'servers' | 'judge'>;

/** A tier as a version names it, with its price. */
export type PriceableTier = Version['tiers'][number] & Pick<Policy['tiers'][number], 'price'>;

export function certificateTerms({ objective, scorer, servers, judge }: LoopSettings): CertificateTerms {
  return { objective, scorer, ...defined({ servers, judge }) };
}

export function priceableTiers({ tiers }: Pick<Policy, 'tiers'>): PriceableTier[] {
  return versionTiers(tiers).map((tier, index) => ({ ...tier, ...defined({ price: tiers[index]?.price }) }));
}

/** Changes of a route's tiers: of their models, and of their prices. */
export function tierChanges(
  before: readonly PriceableTier[],
  now: readonly PriceableTier[],
): { what: 'model' | 'price'; message: string }[] {
  const names = (tiers: readonly PriceableTier[]): string => tiers.map(({ name }) => name).join(' → ');
  if (names(before) !== names(now))
    return [{ what: 'model', message: `The tiers changed from ${names(before)} to ${names(now)}.` }];
  const sentences = (of: (tier: PriceableTier, was: PriceableTier) => string[]): string[] =>
    now.flatMap((tier, index) => of(tier, before[index] ?? tier));
  const models = sentences((tier, was) => [
    ...(tier.model === was.model ? [] : [changed(tier.name, 'model', `'${was.model}'`, `'${tier.model}'`)]),
    ...(tier.asked === was.asked ? [] : [`The request parameters of ${tier.name} changed.`]),
    ...behindTheName(tier, was),
  ]);
  const prices = sentences((tier, was) => {
    const [old, current] = [priceWords(was.price, tier.price), priceWords(tier.price, was.price)];
    return old === current ? [] : [changed(tier.name, 'price', old, current)];
  });
  return [
    ...(models.length === 0 ? [] : [{ what: 'model' as const, message: models.join(' ') }]),
    ...(prices.length === 0 ? [] : [{ what: 'price' as const, message: prices.join(' ') }]),
  ];
}

/** Another model under the same name, or other checks. Of the identity the terms tell. */
function behindTheName(tier: PriceableTier, was: PriceableTier): string[] {
  const { identity: _, ...before } = was.source ?? {};
  const other = sourceDifference(before, tier.source);
  return other === undefined ? [] : [`Whose answers ${tier.name} gives changed: ${other}.`];
}

/** Changes of what certificates depend on besides the tiers. */
export function termsChanges(before: CertificateTerms | undefined, now: CertificateTerms): ObservedChange[] {
  if (before === undefined) return [];
  const { objective: is } = now;
  const { objective: was } = before;
  const isOther = is.maxQualityLoss !== was.maxQualityLoss || is.certainty !== was.certainty;
  const sources =
    now.scorer === before.scorer
      ? judgeChanges(before.judge, now.judge)
      : [`The source of verdicts changed from '${before.scorer}' to '${now.scorer}'.`];
  const moved = Object.entries(now.servers ?? {}).flatMap(([tier, server]) =>
    isElsewhere(before.servers?.[tier], server) ? [movedWords(tier)] : [],
  );
  const others = [...moved, ...sources];
  return [
    ...(isOther
      ? [
          {
            what: 'promise' as const,
            message: `The promise changed from a loss of at most ${was.maxQualityLoss} with certainty ${was.certainty} to at most ${is.maxQualityLoss} with certainty ${is.certainty}.`,
            levelRatio: (1 - is.certainty) / (1 - was.certainty),
          },
        ]
      : []),
    ...(others.length === 0 ? [] : [{ what: 'model' as const, message: others.join(' ') }]),
  ];
}

/** The judge's name has not changed; it is another judge nevertheless where any of these changed. */
function judgeChanges(was: CertificateTerms['judge'], is: CertificateTerms['judge']): string[] {
  if (was === undefined || is === undefined) return [];
  return [
    ...(is.model === was.model ? [] : [changed('the judge', 'model', `'${was.model}'`, `'${is.model}'`)]),
    ...(is.asked === was.asked ? [] : ['The request parameters of the judge changed.']),
    ...(isElsewhere(was.server, is.server) ? [movedWords('the judge')] : []),
    ...(is.prompt === was.prompt ? [] : ["The judge's prompt changed."]),
  ];
}

/** The former address may not have been noted yet. */
const isElsewhere = (was: string | undefined, is: string | undefined): boolean =>
  was !== undefined && is !== undefined && was !== is;

function movedWords(who: string): string {
  return `The address of ${who}, or its stated identity, changed.`;
}

function changed(who: string, what: string, was: string, is: string): string {
  return `The ${what} of ${who} changed from ${was} to ${is}.`;
}

/** @param other what it is compared with: a kind of tokens whose price one of them does not name has not changed. */
function priceWords(price: PriceableTier['price'], other: PriceableTier['price']): string {
  if (price === undefined) return 'an unknown price';
  // Nano-dollars a token are thousandths of a dollar for a million of them.
  const named = Object.entries(KIND_WORDS).flatMap(([kind, words]) => {
    // The words have the kinds of tokens as their keys.
    const name = kind as keyof typeof KIND_WORDS;
    const each = price[name];
    return each === undefined || (other !== undefined && other[name] === undefined)
      ? []
      : [`${each / 1_000} USD per million ${words} tokens`];
  });
  const long =
    price.longPrompts === undefined || (other !== undefined && other.longPrompts === undefined)
      ? []
      : price.longPrompts.map(
          ({ above, input, output }) =>
            `${input / 1_000} and ${output / 1_000} USD for prompts of more than ${above} tokens`,
        );
  return andList([...named, ...long]);
}

const KIND_WORDS = {
  input: 'input',
  output: 'output',
  cachedInput: 'cached input',
  cacheWrite: 'written cache',
  cacheWrite1h: 'cache written for an hour',
  audioInput: 'audio input',
  audioOutput: 'audio output',
  imageInput: 'image input',
  imageOutput: 'image output',
} as const;
