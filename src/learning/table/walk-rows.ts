import type { Signals } from '../../routing/attempt.ts';
import { encode } from '../../routing/signals/columns.ts';
import { believeRow, stateModel, type ConfidenceModel } from '../../routing/confidence/confidence.ts';
import type { Pooled } from '../../routing/confidence/pooled.ts';
import { costIn, stateKey, type PathPoint, type PriceRule } from '../../routing/rules/price-rule.ts';
import { canBuyPaidSignals, type LadderTable } from './ladder-table.ts';

/** Rows under one policy: the tier that served each, and what was spent on it in nano-dollars. */
export interface WalkedRows {
  served: Uint8Array;
  spent: Float64Array;
}

/** One state of one tier as columns over the table's rows; a row's entries are computed when the walk first reaches it. */
interface StateColumns {
  x: (Float64Array | undefined)[];
  /** gain + κ·disagreement; infinite if the answer cannot be accepted. */
  doubt: Float64Array;
  /** Whether the tier's paid signals are known. */
  paid: boolean;
}

/** What is done next, if it is not a tier's number: buying paid signals; nothing was cheaper than infinity. */
const BUY_SIGNALS = -1;
const UNDECIDED = -2;

/**
 * Walks a solved policy over rows of a table, with the same decisions as `cascade()`, but much faster: what does not depend
 * on the price of quality is computed once for each row.
 */
export function createWalker(
  table: LadderTable,
  rule: Pick<PriceRule, 'askCost' | 'paidCost' | 'startColumns' | 'noisePrice'>,
  model: ConfidenceModel,
): (rows: readonly number[], point: PathPoint) => WalkedRows {
  const last = table.tiers.length - 1;
  const groupNames = [...new Set(table.groups)];
  const groupOf = Uint32Array.from(table.groups, (name) => groupNames.indexOf(name));
  const costs = (cost: PriceRule['askCost'][string] | undefined): Float64Array =>
    Float64Array.from(groupNames, (group) => costIn(cost, group) ?? NaN);
  const askCost = table.tiers.map((tier) => costs(rule.askCost[tier]));
  const paidCost = table.tiers.map((tier) => costs(rule.paidCost[tier]));
  const states = Array.from({ length: 2 * last }, (_, index): StateColumns => ({
    x: [],
    doubt: new Float64Array(table.count).fill(NaN),
    paid: index % 2 === 1,
  }));
  const startRows: (Float64Array | undefined)[] = [];

  function startRow(row: number): Float64Array {
    return (startRows[row] ??= encode(rule.startColumns, table.features[row] ?? {}));
  }

  /** Computes a state's entries for a row. */
  function enter(state: StateColumns, tier: number, row: number): void {
    const answers = table.answers[tier];
    const signals: Signals = {
      ...table.features[row],
      ...answers?.signals[row],
      ...(state.paid ? answers?.paid[row] : {}),
    };
    const fitted = stateModel(model, { tier: table.tiers[tier] ?? '', paid: state.paid });
    const understood =
      fitted !== undefined && fitted.requires.every((name) => Number.isFinite(signals[name]));
    const x = understood ? encode(fitted.columns, signals) : undefined;
    state.x[row] = x;
    if (fitted === undefined || x === undefined) {
      state.doubt[row] = Infinity;
      return;
    }
    const { gain, disagreement } = believeRow(fitted, x, table.groups[row] ?? '');
    state.doubt[row] =
      (answers?.failedChecks[row] ?? 0) > 0 ? Infinity : gain + rule.noisePrice * disagreement;
  }

  return (rows, point) => {
    const follow = compile(point, table.tiers, groupNames);
    const served = new Uint8Array(rows.length);
    const spent = new Float64Array(rows.length);
    rows.forEach((row, index) => {
      const group = groupOf[row] ?? 0;
      let tier = -1;
      let paid = false;
      let cost = 0;
      let reserve = -1;
      for (;;) {
        const state = tier < 0 ? undefined : states[2 * tier + (paid ? 1 : 0)];
        if (state !== undefined && Number.isNaN(state.doubt[row])) enter(state, tier, row);
        const x = state === undefined ? startRow(row) : state.x[row];
        const coefficients = follow(tier, paid);
        let best = state === undefined ? Infinity : point.priceOfQuality * (state.doubt[row] ?? NaN);
        // A price of quality of 0 times an infinite doubt is not a number; such an answer is never the cheapest.
        let next = Number.isFinite(best) ? tier : UNDECIDED;
        if (!Number.isFinite(best)) best = Infinity;
        if (state !== undefined && !paid && canBuyPaidSignals(table, row, tier)) {
          const expected = (paidCost[tier]?.[group] ?? NaN) + scoreEncodedRow(coefficients.paid?.[group], x);
          if (expected < best) {
            best = expected;
            next = BUY_SIGNALS;
          }
        }
        for (let to = tier + 1; to <= last; to++) {
          const after = to === last ? 0 : scoreEncodedRow(coefficients.ask[to]?.[group], x);
          const expected = (askCost[to]?.[group] ?? NaN) + after;
          if (expected < best) {
            best = expected;
            next = to;
          }
        }
        if (next === UNDECIDED) next = last;
        if (next === tier) break;
        if (next === BUY_SIGNALS) {
          paid = true;
          cost += table.answers[tier]?.paidCost[row] ?? NaN;
          continue;
        }
        if (tier >= 0) reserve = holdInReserve(table, row, reserve, tier);
        tier = next;
        paid = false;
        cost += table.answers[tier]?.cost[row] ?? NaN;
        if (tier === last) break;
      }
      served[index] = tier === last ? servedAfterLast(table, row, reserve) : tier;
      spent[index] = cost;
    });
    return { served, spent };
  };
}

interface Following {
  ask: (Float64Array[] | undefined)[];
  paid: Float64Array[] | undefined;
}

/** The coefficients of each continuation, as one row of numbers for each group. */
function compile(
  point: PathPoint,
  tiers: readonly string[],
  groups: readonly string[],
): (tier: number, paid: boolean) => Following {
  const flat = (pooled: Pooled | undefined): Float64Array[] | undefined =>
    pooled === undefined ? undefined : coefficientsByGroup(pooled, groups);
  const followingOf = (key: string): Following => ({
    ask: tiers.map((tier) => flat(point.continuations[`${key}>${tier}`])),
    paid: flat(point.continuations[`${key}>paid`]),
  });
  const start = followingOf('start');
  const after = tiers.map((tier) =>
    [false, true].map((paid) =>
      followingOf(stateKey({ at: 'answered', tier, paid, vetoed: false, signals: {} })),
    ),
  );
  const nothing: Following = { ask: [], paid: undefined };
  return (tier, paid) => (tier < 0 ? start : (after[tier]?.[paid ? 1 : 0] ?? nothing));
}

/** Each group's coefficients as one row of numbers, shared and own added up; a group that is not known has the shared ones. */
export function coefficientsByGroup(pooled: Pooled, groups: readonly string[]): Float64Array[] {
  return groups.map((group) => {
    const own = Object.hasOwn(pooled.groups, group) ? pooled.groups[group] : undefined;
    return Float64Array.from(pooled.shared, (value, column) => value + (own?.[column] ?? 0));
  });
}

/** The score of an encoded row, Σ coefficient·x. NaN if either is missing: the score is then not known. */
export function scoreEncodedRow(coefficients: Float64Array | undefined, x: Float64Array | undefined): number {
  if (coefficients === undefined || x === undefined) return NaN;
  let sum = 0;
  for (let column = 0; column < x.length; column++) sum += (x[column] ?? 0) * (coefficients[column] ?? 0);
  return sum;
}

/** Which answer `cascade()` holds in reserve after it passed over that of `tier`. @param reserve the one so far; −1 at first. */
export function holdInReserve({ answers }: LadderTable, row: number, reserve: number, tier: number): number {
  const checks = (of: number): number => answers[of]?.failedChecks[row] ?? 0;
  return reserve < 0 || checks(tier) <= checks(reserve) ? tier : reserve;
}

/** The tier that serves once the last has answered: the one in reserve if its answer fails fewer checks, else the last. */
export function servedAfterLast({ answers }: LadderTable, row: number, reserve: number): number {
  const last = answers.length - 1;
  if (reserve < 0) return last;
  return (answers[reserve]?.failedChecks[row] ?? 0) < (answers[last]?.failedChecks[row] ?? 0)
    ? reserve
    : last;
}
