import { defined } from '../../defined.ts';
import { applyVersion } from '../../routing/apply-version.ts';
import type { Version } from '../../routing/version.ts';
import type { Store } from '../../store/contract/store.ts';
import type { VersionStore } from '../../store/contract/version-rows.ts';
import { acknowledgeInForce, isOfEarlierWeir, type LoopEvent } from '../loop/loop.ts';
import { readVersion } from '../versions/kept-version.ts';
import { createAuditSequence } from './audit-sequence.ts';
import type { AuditedTraces } from './audited-traces.ts';
import { followSequence, withChange, type StepView } from './follow-sequence.ts';
import type { LearnedRoute } from './learned-route.ts';
import { notAhead, withEpochAfter, type LearnerState } from './learner-state.ts';
import { meetRivals, RIVALS } from './rival-configurations.ts';
import { certificateTerms, priceableTiers, termsChanges, tierChanges } from './route-changes.ts';
import { isForced, withRead, type StepProgress } from './step-progress.ts';

export interface StepInputs {
  store: Pick<Store, 'history'> & Pick<VersionStore, 'activeVersions' | 'version'>;
  audits: AuditedTraces;
  now: () => number;
  /** Extends the lease. @returns false where it was lost. */
  keep(): Promise<boolean>;
  /** Whether this learner has made a step of the route. */
  hasStepped: boolean;
}

/** All that is to be written at once, and what it follows from. */
export interface LearnerStep {
  state: LearnerState;
  events: readonly LoopEvent[];
  versions: readonly Version[];
  /** Hash of what is to be in force; `null`: nothing. Absent: what is in force stays. */
  force?: string | null;
  /** What was in force when it was decided; absent: nothing. */
  inForce?: string;
  /** There is more to do at once. */
  more: boolean;
  /** Why nothing can be fitted or tested, in a sentence without its full stop. What is in force is watched nevertheless. */
  problem?: string;
}

/**
 * One step of a route's learning: observes what came since the state was written, in the order in which it came, up to the first
 * fit or test, or the first change of what is in force.
 * @returns undefined where the lease was lost meanwhile. @throws {RangeError} where the route cannot learn, with the reason.
 */
export async function advance(
  route: LearnedRoute,
  left: LearnerState,
  { store, audits, now, keep, hasStepped }: StepInputs,
): Promise<LearnerStep | undefined> {
  const { rivals, isNew } = meetRivals(route, left.read, { hasStepped, nowMs: now() });
  if (rivals !== undefined) return besideRivals(left, rivals, isNew === true);
  const active = (await store.activeVersions()).get(route.policy.route);
  const version = await servingVersion(route, active, store);
  const stepOf = (progress: StepProgress, more: boolean): LearnerStep => {
    const { state, read, ...said } = progress;
    return { ...said, state: { ...state, read }, ...defined({ inForce: active }), more };
  };

  const hasMore = await audits.refresh(now(), left.read.audit);
  const laid = audits.table();
  const sequence = createAuditSequence(laid, { after: left.read.audit, hasMore, nowMs: now() });
  const view: StepView = { route, version, sequence, now };
  const {
    read: { rivals: _, ...read },
    problem: __,
    ...loop
  } = notAhead(left.isByTime === true ? withEpochAfter(left, laid.audits) : left, now());
  const inForce = version === undefined ? undefined : active;
  const state = acknowledgeInForce(loop, inForce, sequence.history(), version);

  const events = left.isByTime === true && version !== undefined ? earlierCertificate(version) : [];
  const progress = await observeConfiguration({ state, read, events, versions: [] }, view, audits);
  if (isForced(progress)) return stepOf(progress, true);

  const followed = await followSequence(progress, view, store, {
    keep,
    kept: (hash) => keptVersion(hash, store),
  });
  if (followed === undefined) return undefined;
  const { more } = followed;
  const problem = laid.problem ?? followed.problem;
  const step = stepOf(followed.progress, more);
  return problem === undefined ? step : { ...step, state: { ...step.state, problem }, problem };
}

/** Nothing is learned, and what is in force stays, while gateways with other configurations are there. */
function besideRivals(
  left: LearnerState,
  rivals: NonNullable<LearnerState['read']['rivals']>,
  isNew: boolean,
): LearnerStep {
  return {
    state: { ...left, read: { ...left.read, rivals }, problem: RIVALS },
    events: isNew
      ? [
          {
            kind: 'alarm',
            message: `${sentence(RIVALS)} Nothing is learned meanwhile.`,
            details: { change: 'rivals' },
          },
        ]
      : [],
    versions: [],
    more: false,
    problem: RIVALS,
  };
}

/** What operators are told at the first step after an earlier Weir's. */
function earlierCertificate(version: Version): LoopEvent[] {
  if (!isOfEarlierWeir(version)) return [];
  const message =
    'The version in force was certified by an earlier Weir, which left audits without a verdict out of its tests. It serves on, not certified, until another policy is certified.';
  return [{ kind: 'alarm', message, details: { change: 'counting' } }];
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/**
 * Other models, prices, promises or sources of verdicts in the configuration than at the last step. Audits that are there already
 * came before the change, observed or not.
 */
async function observeConfiguration(
  progress: StepProgress,
  view: StepView,
  audits: Pick<AuditedTraces, 'lastNumber'>,
): Promise<StepProgress> {
  const { policy, settings } = view.route;
  const { read } = progress;
  const tiers = priceableTiers(policy);
  const asked = certificateTerms(settings);
  const changes = [...tierChanges(read.tiers, tiers), ...termsChanges(read.asked, asked)];
  if (changes.length === 0) return withRead(progress, { tiers, asked });
  const soFar = { ...view.sequence.history(), upTo: await audits.lastNumber(), nowMs: view.now() };
  const observed = changes.reduce((before, change) => withChange(before, change, view, soFar), progress);
  return withRead(observed, { tiers, asked });
}

/** The version that serves the route: not one that is in force but does not fit the route's configuration. */
async function servingVersion(
  { policy }: LearnedRoute,
  active: string | undefined,
  store: Pick<VersionStore, 'version'>,
): Promise<Version | undefined> {
  const version = await keptVersion(active, store);
  if (active === undefined || version === undefined) return undefined;
  const { obstacle } = applyVersion(policy, { hash: active, read: { version } });
  return obstacle === undefined ? version : undefined;
}

async function keptVersion(
  hash: string | undefined,
  store: Pick<VersionStore, 'version'>,
): Promise<Version | undefined> {
  const row = hash === undefined ? undefined : await store.version(hash);
  const read = row === undefined ? undefined : readVersion(row);
  return read !== undefined && 'version' in read ? read.version : undefined;
}
