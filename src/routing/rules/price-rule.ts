import { z } from 'zod';
import type { Signals } from '../attempt.ts';
import { columnSchema, encode } from '../signals/columns.ts';
import { believeRow, stateModel, type Belief, type ConfidenceModel } from '../confidence/confidence.ts';
import { namedSchema } from '../confidence/named-schema.ts';
import { pooledSchema, scoreRow, type Pooled } from '../confidence/pooled.ts';
import { objectiveSchema } from './objective.ts';

/** What a call costs, in nano-dollars: by group, and for groups that were never seen. */
const costSchema = z.strictObject({
  groups: namedSchema(z.number()),
  /** Absent: not available in a group that was never seen. */
  elsewhere: z.exactOptional(z.number()),
});

/** One policy: the price of quality, and the expected cost of going on from each state at that price. */
const pointSchema = z.strictObject({
  /** λ: what one more acceptable answer is worth, in nano-dollars. */
  priceOfQuality: z.number(),
  /**
   * Expected cost in nano-dollars after an action, by `state>action`: a state is `start`, a tier that has answered, or that
   * tier and `+paid`; an action is a later tier, or `paid`.
   */
  continuations: z.record(z.string(), pooledSchema),
});

/** A solved policy: of all possible actions it takes the one with the least expected cost, lost quality counted at its price. */
export const priceRuleSchema = z.strictObject({
  kind: z.literal('price'),
  /** What it was solved for. */
  objective: objectiveSchema,
  /** κ: the price of a disagreement between an answer and the last tier's, as a share of the price of quality. */
  noisePrice: z.number(),
  /** By tier: its answer, and its paid signals. */
  askCost: z.record(z.string(), costSchema),
  paidCost: z.record(z.string(), costSchema),
  /** Signals of a request that are known before anything is asked. */
  startColumns: z.array(columnSchema),
  /** From the dearest price of quality to the cheapest. */
  path: z.array(pointSchema).min(1),
  /** The position on the path: 2.3 is point 2 for seven requests of ten, and point 3 for the others. */
  place: z.number().min(0),
  /** The furthest position that may be taken: beyond it the promise would not hold. */
  furthest: z.number().min(0),
});

export type PriceRule = z.infer<typeof priceRuleSchema>;
export type PathPoint = z.infer<typeof pointSchema>;
export type CallCost = z.infer<typeof costSchema>;

/** A possible next action. */
export type Action = { do: 'accept' } | { do: 'ask'; tier: string } | { do: 'paid' };

/** An action with its expected cost in nano-dollars: lost quality at its price, calls, and what follows. */
export interface WeighedAction {
  action: Action;
  expectedCost: number;
  /** Of that: what the action's own call costs. */
  callCost: number;
}

/** What is known when an action is chosen. */
export type WeighedState =
  | { at: 'start' }
  | { at: 'answered'; tier: string; paid: boolean; vetoed: boolean; signals: Signals };

/** The actions that checks, data rules and failures have left open. */
export interface OpenActions {
  /** Later tiers that may be asked, in the policy's order. */
  later: readonly string[];
  /** The policy's last tier. */
  last: string;
  /** The paid signals of this answer are available and have not been tried. */
  paid: boolean;
}

/** The cost of a call in a group; `undefined` where the call is not available there. */
export function costIn(cost: CallCost | undefined, group: string): number | undefined {
  if (cost === undefined) return undefined;
  return Object.hasOwn(cost.groups, group) ? cost.groups[group] : cost.elsewhere;
}

/** The point of the path at which a request is decided: between two points its own random number `u` chooses. */
export function pointAt(
  rule: Pick<PriceRule, 'path' | 'place' | 'furthest'>,
  u: number,
  position = rule.place,
): PathPoint {
  const allowed = Math.min(Math.max(0, position), rule.furthest, rule.path.length - 1);
  const low = Math.floor(allowed);
  const point = rule.path[u < allowed - low ? low + 1 : low];
  if (point === undefined) throw new RangeError(`no point ${allowed} on a path of ${rule.path.length}`);
  return point;
}

/** The first part of the keys of a state's continuations. */
export function stateKey(state: WeighedState): string {
  if (state.at === 'start') return 'start';
  return state.paid ? `${state.tier}+paid` : state.tier;
}

/**
 * Every action with its expected cost, and what is believed of the answer. Accepting costs λ·(gain + κ·disagreement);
 * asking the last tier costs its call; any other action costs its call and what is expected to follow. An action of unknown
 * cost is left out, such as accepting where required signals are missing. After a veto, accepting and buying paid signals
 * are left out as well.
 */
export function weigh(
  rule: PriceRule,
  point: PathPoint,
  model: ConfidenceModel,
  { group, features }: { group: string; features: Signals },
  state: WeighedState,
  open: OpenActions,
): { belief?: Belief; actions: WeighedAction[] } {
  const signals = state.at === 'start' ? features : { ...features, ...state.signals };
  const fitted = state.at === 'start' ? undefined : stateModel(model, state);
  const columns = state.at === 'start' ? rule.startColumns : fitted?.columns;
  const understood =
    columns !== undefined && (fitted?.requires ?? []).every((name) => Number.isFinite(signals[name]));
  const row = understood ? encode(columns, signals) : undefined;
  const belief = fitted === undefined || row === undefined ? undefined : believeRow(fitted, row, group);
  const actions: WeighedAction[] = [];
  const offer = (action: Action, callCost: number | undefined, after: number | undefined): void => {
    if (callCost === undefined || after === undefined) return;
    const expectedCost = callCost + after;
    if (!Number.isNaN(expectedCost)) actions.push({ action, callCost, expectedCost });
  };
  if (belief !== undefined && state.at === 'answered' && !state.vetoed)
    offer({ do: 'accept' }, 0, acceptCost(rule, point, belief));
  const key = stateKey(state);
  const follow = (action: string): number | undefined =>
    continuation(point.continuations[`${key}>${action}`], row, group);
  if (state.at === 'answered' && open.paid && !state.paid && !state.vetoed)
    offer({ do: 'paid' }, costIn(rule.paidCost[state.tier], group), follow('paid'));
  for (const tier of open.later) {
    const cost = costIn(rule.askCost[tier], group);
    offer({ do: 'ask', tier }, cost, tier === open.last ? 0 : follow(tier));
  }
  return belief === undefined ? { actions } : { belief, actions };
}

function acceptCost(rule: PriceRule, point: PathPoint, belief: ReturnType<typeof believeRow>): number {
  return point.priceOfQuality * (belief.gain + rule.noisePrice * belief.disagreement);
}

function continuation(
  fitted: Pooled | undefined,
  row: Float64Array | undefined,
  group: string,
): number | undefined {
  return fitted === undefined || row === undefined ? undefined : scoreRow(fitted, row, group);
}

/** The action with the least expected cost, the first of equal ones; `undefined` where there is none. */
export function cheapest(actions: readonly WeighedAction[]): WeighedAction | undefined {
  return actions.reduce<WeighedAction | undefined>(
    (best, each) => (best === undefined || each.expectedCost < best.expectedCost ? each : best),
    undefined,
  );
}
