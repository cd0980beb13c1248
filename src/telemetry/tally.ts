import type { Counter } from 'prom-client';

/** Sums increments and passes them to a counter at each scrape, because prom-client builds a string of labels for each increment. */
export interface Tally {
  /** @param labels values, in the order of the counter's labels; @param amount 0 or more */
  add(labels: readonly string[], amount: number): void;
  /** Passes the sum since the last time to the counter. */
  settle(): void;
}

interface Sum {
  /** Absent before the first increment with exactly these labels. */
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
