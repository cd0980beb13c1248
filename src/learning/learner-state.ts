import type { Policy } from '../routing/policy.ts';
import type { Answering } from './answering.ts';
import { startLoop, type LoopState, type Settings } from './loop/loop.ts';

/** What a certificate is about, beside the tiers: what it promises, and who judges. */
export type Asked = Pick<Settings, 'objective' | 'scorer'>;

/** How far a route's record was read, and what its tiers were then. */
export interface ReadSoFar {
  /** Number of the last audit that was observed. */
  audit: number;
  /** Requests up to this id were observed; ids are in the order of their time. */
  request: string;
  tiers: Pick<Policy['tiers'][number], 'name' | 'model' | 'price'>[];
  answering: Record<string, Answering>;
  /** Absent before the first step. */
  asked?: Asked;
}

/** The state of the job `learn:ROUTE`: the loop's own, and beside it how far the record was read. */
export type LearnerState = LoopState & { read: ReadSoFar };

/** Name of the job of a route's learning. */
export const jobOf = (route: string): string => `learn:${route}`;

export function startLearning(policy: Policy, nowMs: number): LearnerState {
  const read = { audit: 0, request: idAt(nowMs), tiers: tiersOf(policy), answering: {} };
  return { ...startLoop(nowMs), read };
}

/** What stands between the ids of requests that came before a moment and of those that came later. */
export function idAt(atMs: number): string {
  const digits = Math.floor(atMs).toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}`;
}

/** @returns undefined where another Weir wrote it, in another form. */
export function readLearnerState(text: string): LearnerState | undefined {
  const state = JSON.parse(text) as { format?: unknown };
  return state.format === 1 ? (state as LearnerState) : undefined;
}

export function tiersOf({ tiers }: Policy): ReadSoFar['tiers'] {
  return tiers.map(({ name, model, price }) => ({ name, model, ...(price === undefined ? {} : { price }) }));
}

/** What of a route's tiers is not what it was: its models, and its prices, each in sentences. */
export function changesOf(
  before: ReadSoFar['tiers'],
  now: ReadSoFar['tiers'],
): { what: 'model' | 'price'; message: string }[] {
  const names = (tiers: ReadSoFar['tiers']): string => tiers.map(({ name }) => name).join(' → ');
  if (names(before) !== names(now))
    return [{ what: 'model', message: `The tiers are ${names(now)} now; they were ${names(before)}.` }];
  const changes = (what: 'model' | 'price', say: (tier: ReadSoFar['tiers'][number]) => string) => {
    const sentences = now.flatMap((tier, index) => {
      const [is, was] = [say(tier), say(before[index] ?? tier)];
      return is === was ? [] : [`The ${what} of ${tier.name} changed from ${was} to ${is}.`];
    });
    return sentences.length === 0 ? [] : [{ what, message: sentences.join(' ') }];
  };
  return [
    ...changes('model', ({ model }) => `'${model}'`),
    ...changes('price', ({ price }) => priceWords(price)),
  ];
}

/** What of the promise, and of who judges, is not what it was, in a sentence each. */
export function askedChanges(
  before: Asked | undefined,
  now: Asked,
): { what: 'model' | 'promise'; message: string }[] {
  if (before === undefined) return [];
  const { objective: is } = now;
  const { objective: was } = before;
  const isOther = is.maxQualityLoss !== was.maxQualityLoss || is.certainty !== was.certainty;
  const promise = `A loss of at most ${is.maxQualityLoss} is promised now, with certainty ${is.certainty}; it was ${was.maxQualityLoss}, with ${was.certainty}.`;
  const judges = `Answers are judged by ${now.scorer} now; it was ${before.scorer}.`;
  return [
    ...(isOther ? [{ what: 'promise' as const, message: promise }] : []),
    ...(now.scorer === before.scorer ? [] : [{ what: 'model' as const, message: judges }]),
  ];
}

function priceWords(price: ReadSoFar['tiers'][number]['price']): string {
  if (price === undefined) return 'an unknown price';
  // Nano-dollars a token are thousandths of a dollar for a million of them.
  return `${price.input / 1_000} USD for a million tokens in and ${price.output / 1_000} out`;
}
