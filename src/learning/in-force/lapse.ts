import type { Version } from '../../routing/version.ts';
import type { JobRow, LearningStore } from '../../store/contract/learning-rows.ts';
import { jobOf, readLearnerState } from '../learner/learner-state.ts';
import { isOfEpoch, type LoopState } from '../loop/loop.ts';

/** When a certificate lapsed, and why, in a sentence. */
export interface Lapse {
  sinceMs: number;
  why: string;
}

/**
 * Whether a version's certificate has lapsed, because its traffic, its models, or the source of verdicts changed since.
 * @param state of the route's learning, which notices changes; absent where the route does not learn.
 */
export function lapseOf(version: Version, state: Pick<LoopState, 'epoch'> | undefined): Lapse | undefined {
  if (version.certificate === undefined || state === undefined) return undefined;
  const { beganAtMs, why } = state.epoch;
  return isOfEpoch(version, state.epoch) ? undefined : { sinceMs: beganAtMs, why };
}

/** The same, by the state in a store's jobs. */
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
