import type { Policy } from '../../routing/policy.ts';
import { versionTiers, type Version } from '../../routing/version.ts';
import type { Answering } from './answering.ts';
import {
  startLoop,
  DRIFT_WATCH_START,
  type ObservedChange,
  type LoopState,
  type LoopSettings,
} from '../loop/loop.ts';

/** What a certificate is about, beside the tiers: what it promises, where the tiers are asked, and who judges. */
export type Asked = Pick<LoopSettings, 'objective' | 'scorer' | 'servers' | 'judge'>;

/** How far a route's record was read, and what its tiers were then. */
export interface ReadSoFar {
  /** Number of the last audit that was read. */
  audit: number;
  /** Numbers of audits that nobody had judged when they were read: they are observed once somebody has. */
  unjudged?: readonly number[];
  /** Requests up to this id were observed; ids are in the order of their time. */
  request: string;
  tiers: (Version['tiers'][number] & Pick<Policy['tiers'][number], 'price'>)[];
  answering: Record<string, Answering>;
  /** Absent before the first step. */
  asked?: Asked;
}

/** The state of the job `learn:ROUTE`: the loop's own, and beside it how far the record was read. */
export type LearnerState = LoopState & {
  read: ReadSoFar;
  /** Why nothing could be learned when it was last tried, and what helps; absent where it could. */
  problem?: string;
};

/** Why a state that {@link readLearnerState} does not know is left alone. */
export const OTHER_FORM =
  'another Weir has learned here, in a form that this one does not know: run that one, or a newer one';

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

/** Clocks are corrected by less than this all the time, and soon catch up. */
const AHEAD_MS = 3_600_000;

/**
 * The state where a clock that was far ahead has been set right: what it says of a time that has not come is taken for now,
 * or nothing would be learned until then. What was to be tested on later requests is given up.
 */
export function notAhead(state: LearnerState, nowMs: number): LearnerState {
  const { candidate, inForce, epoch, read, ...rest } = state;
  const times = [candidate?.frozenAtMs, inForce?.sinceMs, epoch.beganAtMs];
  const isAhead = times.some((atMs = 0) => atMs > nowMs + AHEAD_MS);
  if (!isAhead && read.request <= idAt(nowMs + AHEAD_MS)) return state;
  const held = (atMs: number): number => (atMs > nowMs + AHEAD_MS ? nowMs : atMs);
  const isLater = candidate !== undefined && candidate.frozenAtMs > nowMs + AHEAD_MS;
  return {
    ...rest,
    ...(candidate === undefined || isLater ? {} : { candidate }),
    ...(inForce === undefined ? {} : { inForce: { ...inForce, sinceMs: held(inForce.sinceMs) } }),
    epoch: { ...epoch, beganAtMs: held(epoch.beganAtMs) },
    read: read.request > idAt(nowMs + AHEAD_MS) ? { ...read, request: idAt(nowMs) } : read,
  };
}

/**
 * What an earlier Weir wrote is taken over, but for what its detectors had gathered.
 * @returns undefined where another Weir wrote it, in another form.
 */
export function readLearnerState(text: string): LearnerState | undefined {
  const state = JSON.parse(text) as { format?: unknown };
  if (state.format === 1) return { ...(state as LearnerState), ...withoutMemory };
  return state.format === 2 ? (state as LearnerState) : undefined;
}

const withoutMemory: Pick<LoopState, 'format' | 'watch' | 'rang'> = {
  format: 2,
  watch: DRIFT_WATCH_START,
  rang: [],
};

export function tiersOf({ tiers }: Policy): ReadSoFar['tiers'] {
  return versionTiers(tiers).map((tier, index) => {
    const price = tiers[index]?.price;
    return { ...tier, ...(price === undefined ? {} : { price }) };
  });
}

/** What of a route's tiers is not what it was: its models, and its prices, each in sentences. */
export function changesOf(
  before: ReadSoFar['tiers'],
  now: ReadSoFar['tiers'],
): { what: 'model' | 'price'; message: string }[] {
  const names = (tiers: ReadSoFar['tiers']): string => tiers.map(({ name }) => name).join(' → ');
  if (names(before) !== names(now))
    return [{ what: 'model', message: `The tiers are ${names(now)} now; they were ${names(before)}.` }];
  const sentences = (of: (tier: ReadSoFar['tiers'][number], was: ReadSoFar['tiers'][number]) => string[]) =>
    now.flatMap((tier, index) => of(tier, before[index] ?? tier));
  const models = sentences((tier, was) => [
    ...(tier.model === was.model ? [] : [changed(tier.name, 'model', `'${was.model}'`, `'${tier.model}'`)]),
    ...(tier.asked === was.asked ? [] : [`The parameters that ${tier.name} is asked with have changed.`]),
  ]);
  const prices = sentences((tier, was) => {
    const words = [was, tier].map(({ price }) => priceWords(price)) as [string, string];
    return words[0] === words[1] ? [] : [changed(tier.name, 'price', ...words)];
  });
  return [
    ...(models.length === 0 ? [] : [{ what: 'model' as const, message: models.join(' ') }]),
    ...(prices.length === 0 ? [] : [{ what: 'price' as const, message: prices.join(' ') }]),
  ];
}

function changed(tier: string, what: string, was: string, is: string): string {
  return `The ${what} of ${tier} changed from ${was} to ${is}.`;
}

/** What of the promise, of where tiers are asked, and of who judges is not what it was, in sentences. */
export function askedChanges(before: Asked | undefined, now: Asked): ObservedChange[] {
  if (before === undefined) return [];
  const { objective: is } = now;
  const { objective: was } = before;
  const isOther = is.maxQualityLoss !== was.maxQualityLoss || is.certainty !== was.certainty;
  const promise = `A loss of at most ${is.maxQualityLoss} is promised now, with certainty ${is.certainty}; it was ${was.maxQualityLoss}, with ${was.certainty}.`;
  const judges =
    now.scorer === before.scorer
      ? judgeChanges(before.judge, now.judge)
      : [`Answers are judged by ${now.scorer} now; it was ${before.scorer}.`];
  const moved = Object.entries(now.servers ?? {}).flatMap(([tier, server]) =>
    isElsewhere(before.servers?.[tier], server) ? [`${tier} ${ELSEWHERE}`] : [],
  );
  const others = [...moved, ...judges];
  return [
    ...(isOther
      ? [
          {
            what: 'promise' as const,
            message: promise,
            levelRatio: (1 - is.certainty) / (1 - was.certainty),
          },
        ]
      : []),
    ...(others.length === 0 ? [] : [{ what: 'model' as const, message: others.join(' ') }]),
  ];
}

const ELSEWHERE = 'is asked at another address now.';

/** Where it was may not have been noted yet. */
const isElsewhere = (was: string | undefined, is: string | undefined): boolean =>
  was !== undefined && is !== undefined && was !== is;

/** The judge is named as before; it is another one nevertheless where any of these changed. */
function judgeChanges(was: Asked['judge'], is: Asked['judge']): string[] {
  if (was === undefined || is === undefined) return [];
  return [
    ...(is.model === was.model ? [] : [changed('the judge', 'model', `'${was.model}'`, `'${is.model}'`)]),
    ...(is.asked === was.asked ? [] : ['The parameters that the judge is asked with have changed.']),
    ...(isElsewhere(was.server, is.server) ? [`The judge ${ELSEWHERE}`] : []),
    ...(is.prompt === was.prompt ? [] : ["The judge's prompt has changed."]),
  ];
}

function priceWords(price: ReadSoFar['tiers'][number]['price']): string {
  if (price === undefined) return 'an unknown price';
  // Nano-dollars a token are thousandths of a dollar for a million of them.
  return `${price.input / 1_000} USD for a million tokens in and ${price.output / 1_000} out`;
}
