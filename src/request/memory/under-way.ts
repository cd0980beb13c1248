/** Work for requests, also for those whose client has gone: until it ends, something may still be recorded. */
export interface UnderWay {
  /** @returns the same promise. */
  add<T>(work: Promise<T>): Promise<T>;
  /** Resolves when all work has ended, including what begins meanwhile, or after the deadline in milliseconds. Never rejects. */
  ended(deadlineMs: number): Promise<void>;
}

export function createUnderWay(): UnderWay {
  const works = new Set<Promise<unknown>>();
  return {
    add(work) {
      const remove = (): void => void works.delete(work);
      works.add(work);
      work.then(remove, remove);
      return work;
    },
    async ended(deadlineMs) {
      const late = Promise.withResolvers<'late'>();
      const deadline = setTimeout(() => late.resolve('late'), deadlineMs);
      let end: unknown;
      while (works.size > 0 && end !== 'late')
        end = await Promise.race([late.promise, Promise.allSettled(works)]);
      clearTimeout(deadline);
    },
  };
}
