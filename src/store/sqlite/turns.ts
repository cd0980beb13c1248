import { AsyncLocalStorage } from 'node:async_hooks';

/** Lets one user at a time have a connection, in the order of their calls. */
export interface Turns {
  /**
   * Waits for all earlier calls to leave. Must be followed by `leave`.
   * @throws {Error} inside a transaction, which would wait for its own end.
   */
  enter(): Promise<void>;
  leave(): void;
  /** Runs the `work` of a transaction that has entered. While it runs, it cannot enter again. */
  within<T>(work: () => Promise<T>): Promise<T>;
}

export function createTurns(): Turns {
  const inTransaction = new AsyncLocalStorage<true>();
  const waiting: (() => void)[] = [];
  let isTaken = false;
  return {
    async enter() {
      if (inTransaction.getStore() === true)
        throw new Error('inside a transaction, query through the transaction and not through the connection');
      if (isTaken) await new Promise<void>((resolve) => waiting.push(resolve));
      isTaken = true;
    },
    leave() {
      const next = waiting.shift();
      if (next === undefined) isTaken = false;
      else next();
    },
    within: (work) => inTransaction.run(true, work),
  };
}
