import type { Version } from '../../routing/version.ts';
import type { JobRow, LearningStore } from '../../store/contract/learning-rows.ts';
import { jobOf, readLearnerState } from '../learner/learner-state.ts';
import { isOfEpoch, type LoopState } from '../loop/loop.ts';

/** Since when a certificate holds no more, and why, in a sentence. */
export interface Lapse {
  sinceMs: number;
  why: string;
}

/**
 * Whether what a version was certified for has changed since: its traffic, its models, or who judges.
 * @param state of its route's learning, which notices changes; absent where nobody learns.
 */
export function lapseOf(version: Version, state: Pick<LoopState, 'epoch'> | undefined): Lapse | undefined {
  if (version.certificate === undefined || state === undefined) return undefined;
  const { beganAtMs, why } = state.epoch;
  return isOfEpoch(version, state.epoch) ? undefined : { sinceMs: beganAtMs, why };
}

/** The same, of a store's jobs. */
export function lapseAmong(
  jobs: readonly Pick<JobRow, 'name' | 'state'>[],
  version: Version,
): Lapse | undefined {
  const text = jobs.find(({ name }) => name === jobOf(version.route))?.state;
  return lapseOf(version, text === undefined ? undefined : readLearnerState(text));
}

/** @throws {WeirError} store_unavailable */
export async function readLapse(
  store: Pick<LearningStore, 'jobs'>,
  version: Version,
): Promise<Lapse | undefined> {
  return lapseAmong(await store.jobs(), version);
}
