import type { LoopState } from './loop/loop.ts';

/** The loop's state as a job keeps it; `undefined` where there is none, or one of another format. */
export function readLoopState(text: string | undefined): LoopState | undefined {
  const state = text === undefined ? undefined : (JSON.parse(text) as Partial<LoopState> | null);
  // Written by the loop itself: the format alone says whether it is one that is known here.
  return state?.format === 1 ? (state as LoopState) : undefined;
}
