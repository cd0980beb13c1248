/** Changes that may happen to a route's traffic. */
import type { Variant } from './population.ts';

/** Shares of the traffic by group. */
export type Mixture = Readonly<Record<string, number>>;

export interface Scenario {
  name: string;
  what: string;
  /** The mixture from which the t-th question is drawn. */
  mixture(t: number): Mixture;
  variant(t: number): Variant;
  /** Factor on the last tier's price. */
  lastPrice(t: number): number;
  noisy: boolean;
  /** A user calls every answer bad. */
  thumbsDown: boolean;
  /** No answer ever gets a label. */
  unlabelled: boolean;
  /** The question from which on something is different; absent if nothing changes. */
  changesAt?: number;
  /** How many runs; a hundred if a share of the runs is to be measured. */
  runs: number;
}

export const QUESTIONS = 12_000;
const CHANGE = 6_000;
const SLOW: readonly [from: number, to: number] = [2_000, 12_000];
const SLOW_SHARE = 0.6;

const USUAL: Mixture = { mmlu: 0.5, medmcqa: 0.2, triviaqa: 0.3 };
const OTHER: Mixture = { truthfulqa: 0.6, gsm8k: 0.2, medmcqa: 0.2 };

const steady: Omit<Scenario, 'name' | 'what'> = {
  mixture: () => USUAL,
  variant: () => 'asRecorded',
  lastPrice: () => 1,
  noisy: false,
  unlabelled: false,
  thumbsDown: false,
  runs: 24,
};

const after =
  <T>(change: T, before: T): ((t: number) => T) =>
  (t) =>
    t >= CHANGE ? change : before;

export const SCENARIOS: readonly Scenario[] = [
  { ...steady, name: 'stationary', what: 'nothing changes', runs: 100 },
  {
    ...steady,
    name: 'abrupt',
    what: 'other topics, from one question to the next',
    mixture: after(OTHER, USUAL),
    changesAt: CHANGE,
  },
  {
    ...steady,
    name: 'slow',
    what: `other topics, little by little: at the end they are ${SLOW_SHARE} of the traffic`,
    mixture: (t) =>
      blend(USUAL, OTHER, SLOW_SHARE * Math.min(1, Math.max(0, (t - SLOW[0]) / (SLOW[1] - SLOW[0])))),
    runs: 100,
  },
  {
    ...steady,
    name: 'replaced',
    what: 'a worse model answers behind the small one’s name',
    variant: after<Variant>('replaced', 'asRecorded'),
    changesAt: CHANGE,
  },
  {
    ...steady,
    name: 'silent',
    what: 'the same, and its signals go on as before',
    variant: after<Variant>('silent', 'asRecorded'),
    changesAt: CHANGE,
  },
  {
    ...steady,
    name: 'price cut',
    what: 'the last tier costs .4 of before',
    lastPrice: after(0.4, 1),
    changesAt: CHANGE,
  },
  { ...steady, name: 'label noise', what: '5 % of the labels are wrong', noisy: true },
  { ...steady, name: 'thumbs down', what: 'a user calls every answer bad', thumbsDown: true },
  { ...steady, name: 'no labels', what: 'nobody and nothing judges', unlabelled: true, runs: 4 },
];

function blend(one: Mixture, other: Mixture, share: number): Mixture {
  const groups = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries(
    [...groups].map((group) => [group, (1 - share) * (one[group] ?? 0) + share * (other[group] ?? 0)]),
  );
}
