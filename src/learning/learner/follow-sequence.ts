import { defined } from '../../defined.ts';
import type { Version } from '../../routing/version.ts';
import type { Decision, Store } from '../../store/contract/store.ts';
import {
  auditsUntilDue,
  fitOrTest,
  observeAudit,
  observeChange,
  observeRequest,
  savingProblem,
} from '../loop/loop.ts';
import type { AuditHistory, LoopState, ObservedChange } from '../loop/loop.ts';
import type { AuditSequence, NextAudit } from './audit-sequence.ts';
import { LATE_MS } from './audited-traces.ts';
import type { LearnedRoute } from './learned-route.ts';
import { idAt } from './learner-state.ts';
import { namedAnswers, observeModelName, type NamedAnswer } from './model-names.ts';
import { observedRequest } from './observed-request.ts';
import { isForced, withLoopStep, withRead, type StepProgress } from './step-progress.ts';

/** What one step looks at, the same throughout. */
export interface StepView {
  route: LearnedRoute;
  /** The version that serves; absent where none does. */
  version: Version | undefined;
  sequence: AuditSequence;
  now: () => number;
}

/** Requests that are read at a time, and about as many are observed in one step. */
const PAGE = 500;
/**
 * A request comes before the first audit that was made so long after it, since it is recorded when it ends. Requests that took
 * nearly so long are not observed: whether they are in the record by then is chance.
 */
const LAG_MS = 120_000;
const SLOW_MS = LAG_MS - 20_000;
/** After this long without a request the mark moves on, so that other routes' requests are not read again each time. */
const QUIET_MS = 600_000;

/** What came of following the sequence. */
export interface Followed {
  progress: StepProgress;
  /** There is more to do at once. */
  more: boolean;
  /** Why nothing can be fitted or tested. */
  problem?: string;
}

/**
 * Observes requests and audits in their one order, up to the first at which something is fitted or tested or something else is
 * to be in force; else up to the end, or up to an audit whose verdict is awaited.
 * @param keep extends the lease, before a fit that may take minutes. @returns undefined where the lease was lost.
 */
export async function followSequence(
  start: StepProgress,
  view: StepView,
  store: Pick<Store, 'history'>,
  { keep, kept }: { keep(): Promise<boolean>; kept(hash: string | undefined): Promise<Version | undefined> },
): Promise<Followed | undefined> {
  const { route, version, sequence, now } = view;
  const requests = createRequests(store, route.policy.route, start.read.request);
  let progress = start;
  let due = { state: progress.state, at: 0 };
  let problem: string | undefined;
  for (;;) {
    const { state } = progress;
    if (mayChangeWhatIsDue(due.state, state)) due = { state, at: 0 };
    if (sequence.changes() >= due.at) {
      const history = sequence.history();
      const wait = auditsUntilDue(state, history);
      due = { state, at: sequence.changes() + wait };
      problem = undefined;
      if (wait === 0) {
        if (!(await keep())) return undefined;
        const versions = defined({ candidate: await kept(state.candidate?.hash), inForce: version });
        try {
          const step = fitOrTest(route.settings, state, versions, history);
          return { progress: withLoopStep(progress, step), more: true };
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          problem = error.message;
        }
      }
    }
    const next = sequence.next();
    if (next === undefined && sequence.hasMore) return { progress, more: true };
    const before = next === undefined ? now() - LATE_MS : next.madeByMs;
    const observed = await observeRequests(progress, view, requests, idAt(before - LAG_MS));
    progress = observed.progress;
    if (isForced(progress) || observed.more) return { progress, more: true };
    if (next?.isSettled !== true) {
      const isQuiet = next === undefined && progress.read.request < idAt(before - LAG_MS - QUIET_MS);
      if (isQuiet && requests.isEmpty()) progress = withRead(progress, { request: idAt(before - LAG_MS) });
      return {
        progress,
        more: false,
        ...defined({ problem: problem ?? savingProblem(progress.state, sequence.history()) }),
      };
    }
    sequence.take();
    progress = observeOne(progress, view, next);
    if (isForced(progress)) return { progress, more: true };
  }
}

function mayChangeWhatIsDue(before: LoopState, now: LoopState): boolean {
  return (
    before.candidate !== now.candidate ||
    before.epoch !== now.epoch ||
    before.unjudged.since !== now.unjudged.since
  );
}

/** One audit, once: when it is settled. */
function observeOne(start: StepProgress, view: StepView, { number, answers, row }: NextAudit): StepProgress {
  const { route, version, sequence } = view;
  const progress = withRead(observeModelNames(start, answers, view), { audit: number });
  if (row === undefined) return progress;
  return withLoopStep(
    progress,
    observeAudit(route.settings, progress.state, version, row, sequence.history()),
  );
}

/** A route's requests in the order of their ids, read a page at a time. */
interface Requests {
  /** The next one, if its id is below the mark. */
  before(mark: string): Promise<Decision | undefined>;
  /** There was none at all. */
  isEmpty(): boolean;
}

function createRequests(store: Pick<Store, 'history'>, route: string, after: string): Requests {
  let page: Decision[] = [];
  let at = 0;
  let afterId = after;
  let isLast = false;
  return {
    async before(mark) {
      if (page[at] === undefined && !isLast && afterId < mark) {
        page = await store.history({ route, afterId, limit: PAGE });
        at = 0;
        isLast = page.length < PAGE;
        afterId = page.at(-1)?.outcome.id ?? afterId;
      }
      const next = page[at];
      if (next === undefined || next.outcome.id >= mark) return undefined;
      at += 1;
      return next;
    },
    isEmpty: () => page.length === 0,
  };
}

/** The requests up to a mark, until one changes what is in force. @returns `more` where these are too many for one step. */
async function observeRequests(
  start: StepProgress,
  view: StepView,
  requests: Requests,
  mark: string,
): Promise<{ progress: StepProgress; more: boolean }> {
  const { policy, settings } = view.route;
  let progress = start;
  for (let count = 0; count < PAGE; count += 1) {
    const decision = await requests.before(mark);
    if (decision === undefined) return { progress, more: false };
    const { outcome, attempts } = decision;
    progress = withRead(progress, { request: outcome.id });
    if (outcome.latencyMs > SLOW_MS) continue;
    progress = observeModelNames(progress, namedAnswers({ attempts }), view);
    const { inForce } = progress.state;
    const request = observedRequest(decision, policy);
    if (request !== undefined && inForce !== undefined && request.version === inForce.hash)
      progress = withLoopStep(
        progress,
        observeRequest(settings, progress.state, view.version, request, view.sequence.history().upTo),
      );
    if (isForced(progress)) break;
  }
  return { progress, more: true };
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
    progress = withChange(progress, { what: 'model', message }, view, view.sequence.history());
  }
  return progress;
}

/** The progress after a change that the learner knows of. */
export function withChange(
  progress: StepProgress,
  change: ObservedChange,
  { version }: Pick<StepView, 'version'>,
  audits: AuditHistory,
): StepProgress {
  return withLoopStep(progress, observeChange(progress.state, change, version, audits));
}
