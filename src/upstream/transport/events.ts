import type { SseEvent } from '../../wire/sse.ts';

/** Why a stream of events is over: it ended, it broke, or nobody reads on. */
export type End = { kind: 'ended' } | { kind: 'broke'; error: unknown } | { kind: 'left' };

/**
 * The same events; `over` is told once when there are no more. A generator would not do: its `finally` does not run
 * where it is left before its first event.
 */
export function whenOver(
  events: AsyncIterable<SseEvent>,
  over: (end: End) => void,
): AsyncIterableIterator<SseEvent> {
  const source = events[Symbol.asyncIterator]();
  let told = false;
  const tell = (end: End) => {
    if (told) return;
    told = true;
    over(end);
  };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      try {
        const step = await source.next();
        if (step.done === true) tell({ kind: 'ended' });
        return step;
      } catch (error) {
        tell({ kind: 'broke', error });
        throw error;
      }
    },
    async return() {
      tell({ kind: 'left' });
      await source.return?.();
      return { done: true, value: undefined };
    },
  };
}
