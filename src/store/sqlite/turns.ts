import { AsyncLocalStorage } from 'node:async_hooks';

/** Who may use a connection: one at a time, in the order in which they ask. */
export interface Turns {
  /**
   * Waits for everybody before. Whoever has entered must leave.
   * @throws {Error} within the turn of a transaction, which would wait for its own end.
   */
  enter(): Promise<void>;
  leave(): void;
  /** Runs `work` in the turn that its caller has: what `work` asks by the connection itself is refused. */
  within<T>(work: () => Promise<T>): Promise<T>;
}

export function createTurns(): Turns {
  const inTransaction = new AsyncLocalStorage<true>();
  const waiting: (() => void)[] = [];
  let isTaken = false;
  return {
    async enter() {
      if (inTransaction.getStore() === true)
        throw new Error('inside a transaction only the transaction itself can be asked, not the connection');
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
