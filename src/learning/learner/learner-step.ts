import { defined } from '../../defined.ts';
import { applyVersion } from '../../routing/apply-version.ts';
import type { Version } from '../../routing/version.ts';
import type { Decision, Store } from '../../store/contract/store.ts';
import type { VersionStore } from '../../store/contract/version-rows.ts';
import {
  createMeasureVersion,
  acknowledgeInForce,
  observeAudit,
  observeChange,
  observeRequest,
  fitOrTest,
  isOfEarlierWeir,
  isSettled,
  type ObservedChange,
  type AuditHistory,
  type LoopEvent,
} from '../loop/loop.ts';
import { readVersion } from '../versions/kept-version.ts';
import type { AuditedTraces } from './audited-traces.ts';
import type { LearnedRoute } from './learned-route.ts';
import { idAt, notAhead, withEpochAfter, type LearnerState } from './learner-state.ts';
import { namedAnswers, observeModelName, type NamedAnswer } from './model-names.ts';
import { observedRequest } from './observed-request.ts';
import { meetRivals, RIVALS } from './rival-configurations.ts';
import { certificateTerms, priceableTiers, termsChanges, tierChanges } from './route-changes.ts';
import { isForced, withLoopStep, withRead, type StepProgress } from './step-progress.ts';

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

/** Requests that are observed in one step. */
const PAGE = 500;
/** Requests are recorded when they end, so wait this long for slower, earlier ones. */
const LAG_MS = 30_000;
/** After this long without a request the mark moves on, so that other routes' requests are not read again each time. */
const QUIET_MS = 600_000;
/** At most so many audits wait for a verdict. */
const MOST_UNJUDGED = 1_000;

/** What one step looks at, the same throughout. */
interface StepView {
  route: LearnedRoute;
  /** The version that serves; absent where none does. */
  version: Version | undefined;
  known: AuditHistory;
}

/**
 * One step of a route's learning: observes what came since the state was written, up to the first change of what is in
 * force; where nothing changes that, fits or tests.
 * @returns undefined where the lease was lost meanwhile. @throws {RangeError} where the route cannot learn, with the reason.
 */
export async function advance(
  route: LearnedRoute,
  left: LearnerState,
  { store, audits, now, keep, hasStepped }: StepInputs,
): Promise<LearnerStep | undefined> {
  const { policy, settings } = route;
  const { rivals, isNew } = meetRivals(route, left.read, { hasStepped, nowMs: now() });
  if (rivals !== undefined) return besideRivals(left, rivals, isNew === true);
  const active = (await store.activeVersions()).get(policy.route);
  const version = await servingVersion(route, active, store);
  const stepOf = (progress: StepProgress, more: boolean): LearnerStep => ({
    ...toWrite(progress, now()),
    ...defined({ inForce: active }),
    more,
  });

  await audits.refresh(now());
  const { table, rows } = audits.table();
  const known = { table, rows, measure: createMeasureVersion(table), nowMs: now(), upTo: audits.upTo() };
  const view: StepView = { route, version, known };
  const {
    read: { rivals: _, ...read },
    problem: __,
    ...loop
  } = notAhead(left.isByTime === true ? withEpochAfter(left, rows) : left, now());
  const state = acknowledgeInForce(loop, version === undefined ? undefined : active, known, version);

  const events = left.isByTime === true && version !== undefined ? earlierCertificate(version) : [];
  let progress = observeConfiguration({ state, read, events, versions: [] }, view);
  if (isForced(progress)) return stepOf(progress, true);

  const page = await store.history({ route: policy.route, afterId: read.request, limit: PAGE });
  const ripeAtMs = now() - LAG_MS;
  const ripe = page.filter(({ outcome }) => outcome.createdAtMs <= ripeAtMs);
  if (page.length === 0 && read.request < idAt(ripeAtMs - QUIET_MS))
    progress = withRead(progress, { request: idAt(ripeAtMs) });
  progress = observeRequests(progress, ripe, view);
  if (isForced(progress)) return stepOf(progress, true);

  progress = observeAudits(progress, audits, view);
  if (isForced(progress)) return stepOf(progress, true);

  // A fit may take minutes.
  if (!(await keep())) return undefined;
  const candidate = await keptVersion(progress.state.candidate?.hash, store);
  const more = ripe.length === PAGE;
  try {
    const versions = defined({ candidate, inForce: version });
    progress = withLoopStep(
      progress,
      fitOrTest(settings, progress.state, versions, { ...known, nowMs: now() }),
    );
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const step = stepOf(progress, more);
    return { ...step, state: { ...step.state, problem: error.message }, problem: error.message };
  }
  return stepOf(progress, isForced(progress) || more);
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

/** Other models, prices, promises or sources of verdicts in the configuration than at the last step. */
function observeConfiguration(progress: StepProgress, view: StepView): StepProgress {
  const { policy, settings } = view.route;
  const { read } = progress;
  const tiers = priceableTiers(policy);
  const asked = certificateTerms(settings);
  const changes = [...tierChanges(read.tiers, tiers), ...termsChanges(read.asked, asked)];
  const observed = changes.reduce((before, change) => withChange(before, change, view), progress);
  return withRead(observed, { tiers, asked });
}

/** The requests in turn, until one changes what is in force. */
function observeRequests(start: StepProgress, ripe: readonly Decision[], view: StepView): StepProgress {
  const { policy, settings } = view.route;
  let progress = start;
  for (const decision of ripe) {
    const { outcome, attempts } = decision;
    const request = observedRequest(decision, policy);
    progress = withRead(progress, { request: outcome.id });
    progress = observeModelNames(progress, namedAnswers({ attempts }), view);
    const sinceMs = progress.state.inForce?.sinceMs;
    if (request !== undefined && sinceMs !== undefined && request.atMs > sinceMs)
      progress = withLoopStep(
        progress,
        observeRequest(settings, progress.state, view.version, request, view.known.upTo),
      );
    if (isForced(progress)) break;
  }
  return progress;
}

/**
 * The audits in turn, until one changes what is in force. Each is observed once: when all its answers have verdicts, or when
 * none is awaited any more, which may be later than when it is read.
 */
function observeAudits(
  start: StepProgress,
  audits: Pick<AuditedTraces, 'after'>,
  view: StepView,
): StepProgress {
  const { route, version, known } = view;
  const { audit: readBefore, unjudged = [] } = start.read;
  const waiting = new Set(unjudged);
  const rowOf = new Map(known.rows.map((row) => [row.number, row]));
  let readUpTo = readBefore;
  let progress = start;
  for (const { number, answers } of audits.after(unobservedAfter(start))) {
    const isNew = number > readBefore;
    if (isNew) progress = observeModelNames(progress, answers, view);
    readUpTo = Math.max(readUpTo, number);
    if (!isNew && !waiting.has(number)) continue;
    const row = rowOf.get(number);
    waiting.delete(number);
    if (row === undefined) continue;
    // Where too many wait, none is forgotten: it counts as lost.
    if (!isSettled(row, known.nowMs) && waiting.size < MOST_UNJUDGED) {
      waiting.add(number);
      continue;
    }
    const soFar = { ...known, upTo: readUpTo };
    progress = withLoopStep(progress, observeAudit(route.settings, progress.state, version, row, soFar));
    if (isForced(progress)) break;
  }
  const { unjudged: _, ...read } = progress.read;
  const still = [...waiting];
  return {
    ...progress,
    read: { ...read, audit: readUpTo, ...(still.length === 0 ? {} : { unjudged: still }) },
  };
}

/** Audits with a greater number than this may not be observed yet. */
function unobservedAfter({ read: { audit, unjudged = [] } }: StepProgress): number {
  return Math.min(audit, ...unjudged.map((number) => number - 1));
}

/** Notices where answers come under another model's name than before. */
function observeModelNames(
  start: StepProgress,
  answers: readonly NamedAnswer[],
  view: StepView,
): StepProgress {
  let progress = start;
  for (const { tier, by } of answers) {
    const { answering } = progress.read;
    const { now, was } = observeModelName(answering[tier], by);
    progress = withRead(progress, { answering: { ...answering, [tier]: now } });
    if (was === undefined) continue;
    const message = `The model that answers as ${tier} changed from '${was}' to '${by}'.`;
    progress = withChange(progress, { what: 'model', message }, view);
  }
  return progress;
}

function withChange(
  progress: StepProgress,
  change: ObservedChange,
  { version, known }: StepView,
): StepProgress {
  return withLoopStep(progress, observeChange(progress.state, change, version, known));
}

function toWrite(
  { state, read, ...said }: StepProgress,
  nowMs: number,
): Omit<LearnerStep, 'more' | 'inForce'> {
  // What is decided takes effect when it is written, whenever the reason for it came.
  const since = said.force !== undefined && state.inForce ? { ...state.inForce, sinceMs: nowMs } : undefined;
  return { ...said, state: { ...state, ...defined({ inForce: since }), read } };
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
