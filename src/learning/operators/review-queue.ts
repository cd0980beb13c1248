/** What operators are asked first: the questions whose verdicts tell the most. Pure. */
import { coinOf } from '../../routing/audit-plan.ts';
import type { Decision } from '../../store/contract/store.ts';
import { keptAnswers, type KeptAnswer } from '../../recordings/kept-answers.ts';
import { reviewDraw } from '../labels/sources/operator.ts';
import { reviewReasons } from './review-reasons.ts';

export interface ReviewItem {
  outcomeId: string;
  tenant: string;
  route: string;
  createdAtMs: number;
  /** The messages as they came: JSON. */
  messages: string;
  /** In an order that does not tell which tier gave which. */
  answers: KeptAnswer[];
  /** Why it is asked, in sentences, the weightiest first. */
  reasons: string[];
}

export interface ReviewOptions {
  /** The last tier of a route; `undefined` where there is no such route any more. */
  lastTier: (route: string) => string | undefined;
  limit: number;
}

interface Open {
  item: ReviewItem;
  /** Of what users say against its answer; absent where they say nothing. */
  complaint?: number;
  /** Of the weightiest other reason; absent where there is none. */
  weight?: number;
  /** Among those that a coin drew: below 1 where an earlier tier served. */
  place?: number;
}

/** So many questions of the others come before each one that a coin drew. */
const OTHERS_BETWEEN = 2;
const DRAWN =
  'It was drawn at random: verdicts on such questions correct the estimates, and show how far others’ verdicts can be trusted.';

/**
 * Questions with their texts that no operator has judged and for which something speaks, the most useful first. What users
 * marked down and what other reasons speak for take turns, and so do the tenants among the former: nobody fills the queue by
 * thumbs. Between them stand those that a coin drew (`reviewDraw`), in the order of the coin, whatever else speaks for them:
 * whoever stops half-way has judged a random part.
 */
export function reviewQueue(
  decisions: readonly Decision[],
  { lastTier, limit }: ReviewOptions,
): ReviewItem[] {
  const open = decisions.flatMap((decision) => {
    const last = lastTier(decision.outcome.route);
    return last === undefined ? [] : (openQuestion(decision, last) ?? []);
  });
  const drawn = open.filter(({ place }) => place !== undefined);
  const others = open.filter(({ place }) => place === undefined);
  return interleave(
    alternate(
      byTurns(heaviestFirst(others, ({ complaint }) => complaint)),
      heaviestFirst(others, ({ weight }) => weight),
    ),
    drawn.toSorted((a, b) => (a.place ?? 0) - (b.place ?? 0)),
  )
    .slice(0, limit)
    .map(({ item }) => item);
}

/** One decision as it is asked about; `undefined` where there is nothing to ask. */
function openQuestion(decision: Decision, lastTier: string): Open | undefined {
  const { outcome, labels } = decision;
  if (outcome.prompt === undefined || labels.some(({ source }) => source === 'operator')) return undefined;
  const answers = keptAnswers(decision);
  const place = drawnPlace(decision, answers, lastTier);
  const reasons = reviewReasons(decision, lastTier);
  if (answers.length === 0 || (reasons.length === 0 && place === undefined)) return undefined;
  const sentences = reasons.map(({ sentence }) => sentence);
  const complaint = reasons.find(({ byUser }) => byUser)?.weight;
  const weight = reasons.find(({ byUser }) => !byUser)?.weight;
  return {
    item: {
      outcomeId: outcome.id,
      tenant: outcome.tenant,
      route: outcome.route,
      createdAtMs: outcome.createdAtMs,
      messages: outcome.prompt,
      answers: answers.toSorted((a, b) => blindOrder(outcome.id, a) - blindOrder(outcome.id, b)),
      reasons: place === undefined ? sentences : [...sentences, DRAWN],
    },
    ...(complaint === undefined ? {} : { complaint }),
    ...(weight === undefined ? {} : { weight }),
    ...(place === undefined ? {} : { place }),
  };
}

/**
 * Only audits can tell how far the judge is right. Those that an earlier tier served tell the loss as well, and come first;
 * while the last one serves everything, the others say what the judge is worth before anything rests on it.
 */
function drawnPlace(
  { outcome, audit }: Decision,
  answers: readonly KeptAnswer[],
  lastTier: string,
): number | undefined {
  const place = reviewDraw(outcome.id);
  if (place === undefined || audit?.complete !== true) return undefined;
  const has = (name: string | undefined): boolean => answers.some(({ tier }) => tier === name);
  if (!has(outcome.tier) || !has(lastTier) || answers.length < 2) return undefined;
  return outcome.tier === lastTier ? 1 + place : place;
}

function blindOrder(outcomeId: string, { tier }: KeptAnswer): number {
  return coinOf(`order of ${tier}`, outcomeId);
}

/** Those that have this weight; of two alike the newer one first. */
function heaviestFirst(open: readonly Open[], weightOf: (one: Open) => number | undefined): Open[] {
  return open
    .flatMap((one) => {
      const weight = weightOf(one);
      return weight === undefined ? [] : [{ one, weight }];
    })
    .toSorted((a, b) => b.weight - a.weight || (a.one.item.outcomeId < b.one.item.outcomeId ? 1 : -1))
    .map(({ one }) => one);
}

/** The first of every tenant, then the second of every tenant, and so on; each round in the order given. */
function byTurns(open: readonly Open[]): Open[] {
  const rounds: Open[][] = [];
  const had = new Map<string, number>();
  for (const one of open) {
    const round = had.get(one.item.tenant) ?? 0;
    had.set(one.item.tenant, round + 1);
    (rounds[round] ??= []).push(one);
  }
  return rounds.flat();
}

/** One of each in turn, as long as both last; what stands in both comes once, where it comes first. */
function alternate(complaints: readonly Open[], others: readonly Open[]): Open[] {
  const mixed = new Set<Open>();
  const lanes = [complaints, others].map((open) => ({ open, next: 0 }));
  while (lanes.some(({ open, next }) => next < open.length)) {
    for (const lane of lanes) {
      const { size } = mixed;
      while (mixed.size === size && lane.next < lane.open.length) {
        const one = lane.open[lane.next++];
        if (one !== undefined) mixed.add(one);
      }
    }
  }
  return [...mixed];
}

function interleave(others: readonly Open[], drawn: readonly Open[]): Open[] {
  const mixed: Open[] = [];
  for (let [other, draw] = [0, 0]; other < others.length || draw < drawn.length; draw++) {
    mixed.push(...others.slice(other, other + OTHERS_BETWEEN), ...drawn.slice(draw, draw + 1));
    other += OTHERS_BETWEEN;
  }
  return mixed;
}
