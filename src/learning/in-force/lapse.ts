import { andList } from '../../format/and-list.ts';
import { unknownOfSource } from '../../routing/provenance.ts';
import type { Version } from '../../routing/version.ts';
import type { JobRow, LearningStore } from '../../store/contract/learning-rows.ts';
import { jobOf, readLearnerState } from '../learner/learner-state.ts';
import { isOfEarlierWeir, isOfEpoch, type LoopState } from '../loop/loop.ts';

/** When a certificate lapsed, and why, in a sentence. */
export interface Lapse {
  sinceMs: number;
  why: string;
  /** It holds again when due audits get verdicts again. */
  isForNow?: true;
}

const EARLIER = 'An earlier Weir certified it, which left audits without a verdict out of its tests';

/**
 * Whether a version's certificate has lapsed: its traffic, its models, or the source of verdicts changed since; or too many
 * due audits get no verdict, so that nobody would see a loss. The latter lapse ends when they get verdicts again.
 * @param state of the route's learning, which notices changes; absent where the route does not learn.
 */
export function lapseOf(
  version: Version,
  state: Pick<LoopState, 'epoch' | 'unjudged'> | undefined,
): Lapse | undefined {
  if (version.certificate === undefined) return undefined;
  const unknown = unknownSource(version);
  if (unknown !== undefined) return unknown;
  if (state === undefined) return undefined;
  const { beganAtMs, why } = state.epoch;
  if (isOfEarlierWeir(version)) return { sinceMs: Date.parse(version.createdAt), why: EARLIER };
  if (!isOfEpoch(version, state.epoch)) return { sinceMs: beganAtMs, why };
  const { since } = state.unjudged;
  return since && { sinceMs: since.atMs, why: since.why, isForNow: true };
}

/** Versions of earlier releases do not say whose answers they were made from. Until then their certificates hold. */
const SOURCES_REQUIRED_FROM = Date.parse('2027-03-01T00:00:00Z');

function unknownSource({ tiers, createdAt }: Version): Lapse | undefined {
  const unsaid = tiers.filter(({ source }) => source === undefined || unknownOfSource(source).length > 0);
  if (unsaid.length === 0) return undefined;
  const isOld = tiers.every(({ source }) => source === undefined);
  const sinceMs = isOld ? SOURCES_REQUIRED_FROM : Date.parse(createdAt);
  if (sinceMs > Date.now()) return undefined;
  const names = andList(unsaid.map(({ name }) => name));
  return { sinceMs, why: `It does not say whose answers those of ${names} were.` };
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
