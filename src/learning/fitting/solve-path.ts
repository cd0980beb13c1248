import { createPooledRidge, type PooledCoefficients } from '../../calibration/fit/pooled-targets.ts';
import { scoreEncodedRow, coefficientsByGroup } from '../table/walk-rows.ts';
import { costIn, stateKey, type CallCost, type PathPoint } from '../../routing/rules/price-rule.ts';
import type { FittedLadder, FittedState } from './fit-ladder.ts';
import { canBuyPaidSignals } from '../table/ladder-table.ts';
import { penalties, type StateRows, type PenaltyStrength } from './fit-state.ts';

/** κ: the price of disagreements that cancel out on average; they add noise, so a certificate needs more labels. */
export const NOISE_PRICE = 0.1;
const START_STRENGTH: PenaltyStrength = { slope: 0.5, groupIntercept: 3, groupSlope: Infinity };
const CONTINUATION_STRENGTH: PenaltyStrength = { slope: 1.65, groupIntercept: 4.5, groupSlope: 13.5 };

/** Prices of quality as multiples of the last tier's mean cost, dearest first; evenly spaced in logarithms. */
export function pricesOfQuality(count = 160, dearest = 300, cheapest = 0.3): number[] {
  return Array.from({ length: count }, (_, step) => dearest * (cheapest / dearest) ** (step / (count - 1)));
}

/** A regression of the cost that follows on what is known in a state. */
interface Continuation {
  /** What regressions on the other folds predict for each fit row; NaN for rows without the following state. */
  outOfFold: Float64Array;
  deployed: PooledCoefficients;
}

/**
 * Solves the ladder for each price of quality, backwards from the last state: regression for optimal stopping (Longstaff &
 * Schwartz 2001), on out-of-fold values, since in-sample values are too optimistic.
 * @param prices λ in nano-dollars.
 */
export function solvePath(
  ladder: FittedLadder,
  prices: readonly number[],
  noisePrice = NOISE_PRICE,
): PathPoint[] {
  const { table, rows, start, answered, paid } = ladder;
  const lastTier = table.tiers.length - 1;
  const groups = rows.map((row) => table.groups[row] ?? '');
  const costs = (cost: CallCost | undefined): Float64Array =>
    Float64Array.from(groups, (group) => costIn(cost, group) ?? NaN);
  const askCost = ladder.askCost.map(costs);
  const paidCost = ladder.paidCost.map(costs);
  const name = (tier: number): string => table.tiers[tier] ?? '';
  const everyRow = rows.map(() => true);
  const bought = table.answers.map((_, tier) => rows.map((row) => canBuyPaidSignals(table, row, tier)));
  /** The regressions from a state to each later tier but the last. */
  const onward = (
    state: StateRows,
    strength: PenaltyStrength,
    from: number,
  ): { tier: number; fit: ReturnType<typeof createContinuation> }[] =>
    answered
      .slice(from)
      .map((_, offset) => ({ tier: from + offset, fit: createContinuation(state, strength, everyRow) }));
  const plan = answered.map((state, tier) => {
    const withPaid = paid[tier];
    return {
      state,
      onward: onward(state.rows, CONTINUATION_STRENGTH, tier + 1),
      ...(withPaid && {
        withPaid: {
          state: withPaid,
          onward: onward(withPaid.rows, CONTINUATION_STRENGTH, tier + 1),
          buy: createContinuation(state.rows, CONTINUATION_STRENGTH, bought[tier] ?? []),
        },
      }),
    };
  });
  const entry = onward(start, START_STRENGTH, 0);

  return prices.map((priceOfQuality) => {
    const continuations: PathPoint['continuations'] = {};
    /** By tier, the least expected cost once it has answered; one for each fit row. */
    const values: Float64Array[] = [];
    const follow = (key: string, edges: typeof entry): { tier: number; outOfFold: Float64Array }[] =>
      edges.map(({ tier, fit }) => {
        const { outOfFold, deployed } = fit(values[tier] ?? new Float64Array());
        continuations[`${key}>${name(tier)}`] = deployed;
        return { tier, outOfFold };
      });
    const leastCost = (
      state: FittedState,
      after: { tier: number; outOfFold: Float64Array }[],
    ): Float64Array => {
      const failedChecks = table.answers[state.tier]?.failedChecks ?? new Uint8Array();
      const least = Float64Array.from(askCost[lastTier] ?? []);
      for (let index = 0; index < rows.length; index++) {
        const doubt = (state.gain[index] ?? NaN) + noisePrice * (state.disagreement[index] ?? NaN);
        let value = least[index] ?? NaN;
        if (failedChecks[rows[index] ?? 0] === 0) value = Math.min(value, priceOfQuality * doubt);
        for (const { tier, outOfFold } of after)
          value = Math.min(value, (askCost[tier]?.[index] ?? NaN) + (outOfFold[index] ?? NaN));
        least[index] = value;
      }
      return least;
    };
    for (let tier = plan.length - 1; tier >= 0; tier--) {
      const step = plan[tier];
      if (step === undefined) continue;
      const value = leastCost(step.state, follow(stateKey(stateOf(name(tier), false)), step.onward));
      if (step.withPaid !== undefined) {
        const { state, buy, onward: edges } = step.withPaid;
        const paidValue = leastCost(state, follow(stateKey(stateOf(name(tier), true)), edges));
        const { outOfFold, deployed } = buy(paidValue);
        continuations[`${stateKey(stateOf(name(tier), false))}>paid`] = deployed;
        value.forEach((least, index) => {
          if (bought[tier]?.[index] === true)
            value[index] = Math.min(least, (paidCost[tier]?.[index] ?? NaN) + (outOfFold[index] ?? NaN));
        });
      }
      values[tier] = value;
    }
    follow('start', entry);
    return { priceOfQuality, continuations };
  });
}

function stateOf(tier: string, paid: boolean): Parameters<typeof stateKey>[0] {
  return { at: 'answered', tier, paid, vetoed: false, signals: {} };
}

/** A regression on a state's rows that can be fitted to many sets of values: on all rows, and for each fold on the others. */
function createContinuation(
  { columns, x, groups, folds, foldCount, weights }: StateRows,
  strength: PenaltyStrength,
  use: readonly boolean[],
): (values: Float64Array) => Continuation {
  const options = penalties(columns.length + 1, strength);
  const names = [...new Set(groups)];
  const groupOf = groups.map((name) => names.indexOf(name));
  const used = [...x.keys()].filter((row) => use[row] === true);
  const fitOn = (members: readonly number[]): ((values: Float64Array) => PooledCoefficients) => {
    const solve = createPooledRidge(
      members.map((row) => ({ x: x[row] ?? [], group: groups[row] ?? '', weight: weights?.[row] ?? 1 })),
      options,
    );
    const labels = new Float64Array(members.length);
    return (values) => {
      for (let index = 0; index < members.length; index++) labels[index] = values[members[index] ?? 0] ?? NaN;
      return solve(labels);
    };
  };
  const deploy = fitOn(used);
  const held = Array.from({ length: foldCount }, (_, fold) => ({
    fit: fitOn(used.filter((row) => folds[row] !== fold)),
    rows: used.filter((row) => folds[row] === fold),
  }));
  return (values) => {
    const outOfFold = new Float64Array(x.length).fill(NaN);
    for (const { fit, rows } of held) {
      const byGroup = coefficientsByGroup(fit(values), names);
      for (const row of rows) outOfFold[row] = scoreEncodedRow(byGroup[groupOf[row] ?? 0], x[row]);
    }
    return { outOfFold, deployed: deploy(values) };
  };
}
