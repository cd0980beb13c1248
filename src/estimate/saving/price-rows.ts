import { billOf, type Price } from '../../routing/billing.ts';
import { defined } from '../../defined.ts';
import type { Tier } from '../../routing/policy.ts';
import type { TraceAttempt } from '../../traces/trace.ts';
import type { ComparedRow } from '../compare-row.ts';
import { withTokens } from '../recorded-answers.ts';

/** The two models as a ladder whose costs are known, as far as they are. */
export interface PricedRows {
  rows: ComparedRow[];
  tiers: [Tier, Tier];
  /** What the small model's answers cost ÷ what the recorded ones did; absent where either is not known. */
  relativePrice?: number;
  /** `costs`: both are known. `large`: the small model's cost is not known, and counts as nothing. `calls`: none is known. */
  basis: 'costs' | 'large' | 'calls';
}

export interface PricedModels {
  small: string;
  recorded: string;
  /** They go before what the answers say they cost. */
  smallPrice?: Price | undefined;
  recordedPrice?: Price | undefined;
}

/** Gives every answer of both models a cost in US dollars, or where that is not possible, says what costs stand for. */
export function priceRows(rows: readonly ComparedRow[], models: PricedModels): PricedRows {
  const { small, recorded, smallPrice, recordedPrice } = models;
  const smallCosts = rows.map(({ trace }) =>
    costOf(withTokens(trace, trace.attempts[small] ?? {}), smallPrice),
  );
  const largeCosts = rows.map(({ trace }) =>
    costOf(withTokens(trace, trace.attempts[recorded] ?? {}), recordedPrice),
  );
  const isKnown = (costs: readonly (number | undefined)[]): costs is number[] =>
    costs.length > 0 && costs.every((cost) => cost !== undefined);
  const sum = (costs: readonly number[]): number => costs.reduce((total, cost) => total + cost, 0);
  const hasLarge = isKnown(largeCosts) && sum(largeCosts) > 0;
  const basis = !hasLarge ? 'calls' : isKnown(smallCosts) ? 'costs' : 'large';
  const relativePrice = hasLarge && isKnown(smallCosts) ? sum(smallCosts) / sum(largeCosts) : undefined;
  return {
    basis,
    tiers: [tierNamed(small), tierNamed(recorded)],
    ...defined({ relativePrice }),
    rows: rows.map((row, index) => {
      const attempts = {
        ...row.trace.attempts,
        [small]:
          basis === 'costs'
            ? priced(row.trace.attempts[small], smallCosts[index])
            : // Signals that cost dollars do not belong beside answers that cost nothing.
              { ...priced(row.trace.attempts[small], 0), paidSignals: {} },
        [recorded]: priced(row.trace.attempts[recorded], basis === 'calls' ? 1 : largeCosts[index]),
      };
      return { ...row, trace: { ...row.trace, attempts } };
    }),
  };
}

const tierNamed = (name: string): Tier => ({ name, model: name, upstream: '', location: 'cloud' });

const priced = (attempt: TraceAttempt = {}, costUsd: number | undefined = 0): TraceAttempt => ({
  ...attempt,
  costUsd,
});

function costOf(attempt: TraceAttempt, price: Price | undefined): number | undefined {
  const { inputTokens = 0, outputTokens = 0, costUsd } = attempt;
  const billed = billOf(price, { inputTokens, outputTokens });
  return billed === undefined ? costUsd : billed / 1e9;
}
