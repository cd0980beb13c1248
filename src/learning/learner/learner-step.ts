import { applyVersion } from '../../routing/apply-version.ts';
import { versionHash, type Version } from '../../routing/version.ts';
import type { Store } from '../../store/contract/store.ts';
import type { VersionStore } from '../../store/contract/version-rows.ts';
import { observeAnswerer, type Answerer } from './answering.ts';
import type { AuditedTraces } from './audited-traces.ts';
import { readVersion } from '../versions/kept-version.ts';
import {
  askedChanges,
  changesOf,
  idAt,
  notAhead,
  tiersOf,
  type Asked,
  type LearnerState,
  type ReadSoFar,
} from './learner-state.ts';
import type { LearnedRoute } from './learner.ts';
import {
  acknowledgeInForce,
  createMeasureVersion,
  observeAudit,
  observeChange,
  observeRequest,
  fitOrTest,
  type ObservedChange,
  type AuditHistory,
  type LoopEvent,
  type LoopState,
  type LoopStep,
} from '../loop/loop.ts';
import { observedRequest } from './observed-request.ts';

export interface Surroundings {
  store: Pick<Store, 'history'> & Pick<VersionStore, 'activeVersions' | 'version'>;
  audits: AuditedTraces;
  now: () => number;
  /** Makes the lease longer. @returns false where it was lost. */
  keep(): Promise<boolean>;
}

/** All that is to be written at once, and what it follows from. */
export interface LearnerStep {
  state: LearnerState;
  events: LoopEvent[];
  versions: Version[];
  /** Hash of what is to be in force; `null`: nothing. Absent: it stays. */
  force?: string | null;
  /** What was in force when it was decided; absent: nothing. */
  inForce?: string;
  /** There is more to do at once. */
  more: boolean;
  /** Why nothing can be fitted or tested, in a sentence without its full stop; what is in force is watched all the same. */
  problem?: string;
}

/** Requests that are observed in one step. */
const PAGE = 500;
/** A request is written when it ends; so long it is waited for, so that those before it have come. */
const LAG_MS = 30_000;
const QUIET_MS = 600_000;
/** Audits whose verdicts are waited for, the newest ones. */
const MOST_UNJUDGED = 1_000;

/**
 * What is to be written next for a route: of all that came since the state, up to the first change of what is in force.
 * @returns undefined where the job was lost meanwhile. @throws {RangeError} where it cannot learn, with the reason.
 */
export async function advance(
  route: LearnedRoute,
  left: LearnerState,
  { store, audits, now, keep }: Surroundings,
): Promise<LearnerStep | undefined> {
  const { policy, settings } = route;
  const { read, problem: _, ...loop } = notAhead(left, now());
  const active = (await store.activeVersions()).get(policy.route);
  const version = await servingVersion(route, active, store);
  const obeyed = acknowledgeInForce(loop, version === undefined ? undefined : active, now(), version);
  const so = createProgress(obeyed, read);
  const finish = (more: boolean): LearnerStep => ({
    ...so.result(now()),
    ...(active === undefined ? {} : { inForce: active }),
    more,
  });

  await audits.refresh(now());
  const { table, rows, upTo } = audits.table();
  const known: AuditHistory = { table, rows, measure: createMeasureVersion(table), nowMs: now() };
  const changed = (change: ObservedChange): void => so.take(observeChange(so.state, change, version, known));

  const tiers = tiersOf(policy);
  const { objective, scorer, servers, judge } = settings;
  const asked: Asked = {
    objective,
    scorer,
    ...(servers === undefined ? {} : { servers }),
    ...(judge === undefined ? {} : { judge }),
  };
  for (const change of [...changesOf(read.tiers, tiers), ...askedChanges(read.asked, asked)]) changed(change);
  so.read({ tiers, asked });
  // What follows is to be judged by what is in force then.
  if (so.isForced()) return finish(true);

  const page = await store.history({
    route: policy.route,
    afterId: read.request,
    limit: PAGE,
  });
  const ripeAtMs = now() - LAG_MS;
  const ripe = page.filter(({ outcome }) => outcome.createdAtMs <= ripeAtMs);
  // Or what other routes were asked meanwhile would be gone through again each time.
  if (page.length === 0 && read.request < idAt(ripeAtMs - QUIET_MS)) so.read({ request: idAt(ripeAtMs) });
  for (const decision of ripe) {
    const { request, answerers } = observedRequest(decision, policy);
    so.read({ request: decision.outcome.id });
    so.answered(answerers, changed);
    const sinceMs = so.state.inForce?.sinceMs;
    if (request !== undefined && sinceMs !== undefined && request.atMs > sinceMs)
      so.take(observeRequest(settings, so.state, version, request));
    if (so.isForced()) return finish(true);
  }

  for (const { number, answerers, learned } of audits.after(so.unobservedAfter())) {
    if (number > read.audit) so.answered(answerers, changed);
    const place = upTo.get(number);
    const mayBe = learned?.trace !== undefined && learned.isPriced;
    const isDue = so.audited(number, { isJudged: place !== undefined, mayBe });
    if (!isDue || place === undefined) continue;
    so.take(observeAudit(settings, so.state, version, { ...known, rows: rows.slice(0, place) }));
    if (so.isForced()) return finish(true);
  }

  // From here on it may take a while.
  if (!(await keep())) return undefined;
  const candidate = await keptVersion(so.state.candidate?.hash, store);
  const versions = {
    ...(candidate === undefined ? {} : { candidate }),
    ...(version === undefined ? {} : { inForce: version }),
  };
  const more = ripe.length === PAGE;
  try {
    so.take(fitOrTest(settings, so.state, versions, { ...known, nowMs: now() }));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const step = finish(more);
    return { ...step, state: { ...step.state, problem: error.message }, problem: error.message };
  }
  return finish(so.isForced() || more);
}

/** What has come together of one step. */
function createProgress(start: LoopState, { unjudged: before = [], ...readBefore }: ReadSoFar) {
  let state = start;
  let read: Omit<ReadSoFar, 'unjudged'> = readBefore;
  const unjudged = new Set(before);
  const events: LoopEvent[] = [];
  const versions: Version[] = [];
  let force: string | null | undefined;
  const take = (step: LoopStep): void => {
    state = step.state;
    events.push(...step.events);
    versions.push(...step.versions);
    if (step.force !== undefined) force = step.force === null ? null : versionHash(step.force);
  };
  return {
    get state() {
      return state;
    },
    isForced: () => force !== undefined,
    take,
    read(more: Partial<ReadSoFar>): void {
      read = { ...read, ...more };
    },
    /** Audits with a greater number are not all observed yet. */
    unobservedAfter: () => Math.min(read.audit, ...[...unjudged].map((number) => number - 1)),
    /** An audit, in the order of their numbers. @returns whether it is to be observed now: once, when it is judged; `mayBe` later. */
    audited(number: number, { isJudged, mayBe }: { isJudged: boolean; mayBe: boolean }): boolean {
      const isNew = number > read.audit;
      read = { ...read, audit: Math.max(read.audit, number) };
      if (!isNew && !unjudged.has(number)) return false;
      if (!isJudged && mayBe) unjudged.add(number);
      else unjudged.delete(number);
      return isJudged;
    },
    /** Answers came, and it is noticed where somebody else gives them than before. */
    answered(
      answerers: readonly Answerer[],
      onChange: (change: { what: 'model'; message: string }) => void,
    ): void {
      for (const { tier, by } of answerers) {
        const { now, was } = observeAnswerer(read.answering[tier], by);
        read = { ...read, answering: { ...read.answering, [tier]: now } };
        if (was !== undefined)
          onChange({ what: 'model', message: `${tier} answers as '${by}' now; it was '${was}'.` });
      }
    },
    result: (nowMs: number) => ({
      // Whenever the reason for it came: nothing was decided by it before it is written.
      state: {
        ...state,
        ...(force === undefined || state.inForce === undefined
          ? {}
          : { inForce: { ...state.inForce, sinceMs: nowMs } }),
        read: { ...read, ...waiting(unjudged) },
      },
      events,
      versions,
      ...(force === undefined ? {} : { force }),
    }),
  };
}

function waiting(unjudged: ReadonlySet<number>): Pick<ReadSoFar, 'unjudged'> {
  return unjudged.size === 0 ? {} : { unjudged: [...unjudged].slice(-MOST_UNJUDGED) };
}

/** The version that serves the route, which one that is in force and does not fit its configuration does not. */
async function servingVersion(
  { policy }: LearnedRoute,
  active: string | undefined,
  store: Pick<VersionStore, 'version'>,
): Promise<Version | undefined> {
  const version = await keptVersion(active, store);
  if (active === undefined || version === undefined) return undefined;
  return applyVersion(policy, { hash: active, read: { version } }).obstacle === undefined
    ? version
    : undefined;
}

async function keptVersion(
  hash: string | undefined,
  store: Pick<VersionStore, 'version'>,
): Promise<Version | undefined> {
  const row = hash === undefined ? undefined : await store.version(hash);
  const read = row === undefined ? undefined : readVersion(row);
  return read !== undefined && 'version' in read ? read.version : undefined;
}
