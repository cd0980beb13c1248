import { defined } from '../../defined.ts';
import { versionHash, type Version } from '../../routing/version.ts';
import type { LoopEvent, LoopState, LoopStep } from '../loop/loop.ts';
import type { ReadSoFar } from './learner-state.ts';

/** What one step of the learner has come to so far. Nothing of it is written before the step ends. */
export interface StepProgress {
  readonly state: LoopState;
  readonly read: ReadSoFar;
  readonly events: readonly LoopEvent[];
  readonly versions: readonly Version[];
  /** Hash of what is to be in force; `null`: nothing. Absent: what is in force stays. */
  readonly force?: string | null;
}

/** The progress with what the loop said last. */
export function withLoopStep(progress: StepProgress, said: LoopStep): StepProgress {
  const { state, events, versions, force } = said;
  return {
    ...progress,
    state,
    events: [...progress.events, ...events],
    versions: [...progress.versions, ...versions],
    ...defined({ force: force && versionHash(force) }),
  };
}

/** The progress with more of the record read. */
export function withRead(progress: StepProgress, more: Partial<ReadSoFar>): StepProgress {
  return { ...progress, read: { ...progress.read, ...more } };
}

/** Whether what is in force changes. Then the step ends, because what follows is to be compared with the new policy. */
export function isForced({ force }: StepProgress): boolean {
  return force !== undefined;
}
