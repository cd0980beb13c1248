/** The review queue: the questions on which an operator's verdicts are worth the most come first. Pure. */
import { defined } from '../../defined.ts';
import { coinOf } from '../../routing/audit-plan.ts';
import type { Decision } from '../../store/contract/store.ts';
import { storedAnswers, type StoredAnswer } from '../../recordings/decision.ts';
import { reviewDraw } from '../labels/sources/operator.ts';
import { reviewReasons } from './review-reasons.ts';

export interface ReviewItem {
  outcomeId: string;
  tenant: string;
  route: string;
  createdAtMs: number;
  /** The messages as they came: JSON. */
  messages: string;
  /** In an order that does not reveal which tier gave which answer. */
  answers: StoredAnswer[];
  /** Why the question is in the queue, in sentences, the weightiest first. */
  reasons: string[];
}

export interface ReviewQueueOptions {
  /** The last tier of a route; `undefined` where there is no such route any more. */
  lastTier: (route: string) => string | undefined;
  limit: number;
}

interface OpenQuestion {
  item: ReviewItem;
  /** Weight of a user's complaint about its answer; absent where there is none. */
  complaint?: number;
  /** Weight of the weightiest other reason; absent where there is none. */
  weight?: number;
  /** Order among the questions that a coin drew, below 1 where an earlier tier served; absent where it was not drawn. */
  drawn?: number;
}

/** This many other questions come before each one that a coin drew. */
const OTHERS_BETWEEN = 2;
const DRAWN =
  'The question was drawn at random. Verdicts on such questions correct the estimates, and show how far the verdicts of other sources can be trusted.';

/**
 * The questions that have a reason to be reviewed, their texts, and no operator's verdict yet, the most useful first.
 * Complaints of users and other reasons take turns, and so do the tenants among the complaints, so that no user can fill the
 * queue. Among them come the questions that a coin drew (`reviewDraw`), in the order of the coin whatever their other
 * reasons: an operator who stops half-way has reviewed a random part of them.
 */
export function reviewQueue(
  decisions: readonly Decision[],
  { lastTier, limit }: ReviewQueueOptions,
): ReviewItem[] {
  const open = decisions.flatMap((decision) => {
    const last = lastTier(decision.outcome.route);
    return last === undefined ? [] : (openQuestion(decision, last) ?? []);
  });
  const fromCoin = open.filter(({ drawn }) => drawn !== undefined);
  const others = open.filter(({ drawn }) => drawn === undefined);
  return interleave(
    alternate(
      byTurns(heaviestFirst(others, ({ complaint }) => complaint)),
      heaviestFirst(others, ({ weight }) => weight),
    ),
    fromCoin.toSorted((a, b) => (a.drawn ?? 0) - (b.drawn ?? 0)),
  )
    .slice(0, limit)
    .map(({ item }) => item);
}

/** The question of a decision; `undefined` where it is not in the queue. */
function openQuestion(decision: Decision, lastTier: string): OpenQuestion | undefined {
  const { outcome, labels } = decision;
  if (outcome.prompt === undefined || labels.some(({ source }) => source === 'operator')) return undefined;
  const answers = storedAnswers(decision);
  const drawn = drawnOrder(decision, answers, lastTier);
  const reasons = reviewReasons(decision, lastTier);
  if (answers.length === 0 || (reasons.length === 0 && drawn === undefined)) return undefined;
  const sentences = reasons.map(({ sentence }) => sentence);
  return {
    item: {
      outcomeId: outcome.id,
      tenant: outcome.tenant,
      route: outcome.route,
      createdAtMs: outcome.createdAtMs,
      messages: outcome.prompt,
      answers: answers.toSorted((a, b) => blindOrder(outcome.id, a) - blindOrder(outcome.id, b)),
      reasons: drawn === undefined ? sentences : [...sentences, DRAWN],
    },
    ...defined({
      complaint: reasons.find(({ byUser }) => byUser)?.weight,
      weight: reasons.find(({ byUser }) => !byUser)?.weight,
      drawn,
    }),
  };
}

/**
 * The order of a question that a coin drew. Only complete audits count, because only they show how far the judge is right.
 * Where an earlier tier served, they show the loss too, and come first. While the last tier serves everything, the others
 * show what the judge is worth before anything rests on it.
 */
function drawnOrder(
  { outcome, audit }: Decision,
  answers: readonly StoredAnswer[],
  lastTier: string,
): number | undefined {
  const order = reviewDraw(outcome.id, audit?.reviewCoin);
  if (order === undefined || audit?.complete !== true) return undefined;
  const has = (name: string | undefined): boolean => answers.some(({ tier }) => tier === name);
  if (!has(outcome.tier) || !has(lastTier) || answers.length < 2) return undefined;
  return outcome.tier === lastTier ? 1 + order : order;
}

function blindOrder(outcomeId: string, { tier }: StoredAnswer): number {
  return coinOf(`order of ${tier}`, outcomeId);
}

/** The questions that have this weight, the heaviest first; of two alike, the newer one first. */
function heaviestFirst(
  open: readonly OpenQuestion[],
  weightOf: (one: OpenQuestion) => number | undefined,
): OpenQuestion[] {
  return open
    .flatMap((one) => {
      const weight = weightOf(one);
      return weight === undefined ? [] : [{ one, weight }];
    })
    .toSorted((a, b) => b.weight - a.weight || (a.one.item.outcomeId < b.one.item.outcomeId ? 1 : -1))
    .map(({ one }) => one);
}

/** The first question of every tenant, then the second of every tenant, and so on; each round in the order given. */
function byTurns(open: readonly OpenQuestion[]): OpenQuestion[] {
  const rounds: OpenQuestion[][] = [];
  const had = new Map<string, number>();
  for (const one of open) {
    const round = had.get(one.item.tenant) ?? 0;
    had.set(one.item.tenant, round + 1);
    (rounds[round] ??= []).push(one);
  }
  return rounds.flat();
}

/** One of each list in turn, while both last. A question in both lists comes once, where it comes first. */
function alternate(complaints: readonly OpenQuestion[], others: readonly OpenQuestion[]): OpenQuestion[] {
  const mixed = new Set<OpenQuestion>();
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

function interleave(others: readonly OpenQuestion[], drawn: readonly OpenQuestion[]): OpenQuestion[] {
  const mixed: OpenQuestion[] = [];
  for (let [other, draw] = [0, 0]; other < others.length || draw < drawn.length; draw++) {
    mixed.push(...others.slice(other, other + OTHERS_BETWEEN), ...drawn.slice(draw, draw + 1));
    other += OTHERS_BETWEEN;
  }
  return mixed;
}
