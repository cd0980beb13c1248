import type { Counter } from 'prom-client';

/** Sums of a counter's increments, which it is told at a scrape: prom-client makes and checks a string of labels for each. */
export interface Tally {
  /** @param labels values, in the order of the counter's labels; @param amount 0 or more */
  add(labels: readonly string[], amount: number): void;
  /** Tells the counter what came since the last time. */
  settle(): void;
}

interface Sum {
  /** Absent until something was counted with exactly these labels. */
  amount?: number;
  below: Map<string, Sum>;
}

export function createTally<Label extends string>(
  counter: Pick<Counter<Label>, 'inc'>,
  names: readonly Label[],
): Tally {
  const root: Sum = { below: new Map() };

  function settleAll(sum: Sum, values: readonly string[]): void {
    if (sum.amount !== undefined) {
      const labels = Object.fromEntries(names.map((name, place) => [name, values[place] ?? '']));
      counter.inc(labels as Record<Label, string>, sum.amount);
      sum.amount = 0;
    }
    for (const [value, next] of sum.below) settleAll(next, [...values, value]);
  }

  return {
    add(labels, amount) {
      let sum = root;
      for (const value of labels) {
        let next = sum.below.get(value);
        if (next === undefined) sum.below.set(value, (next = { below: new Map() }));
        sum = next;
      }
      sum.amount = (sum.amount ?? 0) + amount;
    },
    settle: () => settleAll(root, []),
  };
}
