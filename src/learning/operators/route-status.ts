/** The status of a route's learning, for the command line and the admin API. Pure. What is unknown is absent. */
import { defined } from '../../defined.ts';
import { isoTime } from '../../format/time.ts';
import type { LearningEvent } from '../../store/contract/learning-rows.ts';
import type { RolloutStep } from '../../store/contract/rollout-rows.ts';
import type { Decision } from '../../store/contract/store.ts';
import { shareNow } from '../../routing/rollout.ts';
import { auditedRow } from '../learner/audited-trace.ts';
import { dueAudits, type DueAudits } from './due-audits.ts';
import { droppedAudits, type DroppedAudits } from './dropped-audits.ts';
import { estimatePolicy, type Estimates } from './estimates.ts';
import { judgeControls, type JudgeControls } from '../labels/judge-controls.ts';
import { labelsAfter, type AuditedRow, type LoopState } from '../loop/loop.ts';
import { awaitedStep, labelsPerDay, type AwaitedStep } from './awaited-step.ts';
import { counted } from '../../format/counted.ts';
import { beyondPromise } from '../versions/beyond-promise.ts';
import type { Lapse } from '../in-force/lapse.ts';
import {
  isObserved,
  observedFigures,
  type DecidingPolicy,
  type ObservedFigures,
} from './observed-figures.ts';
import type { AuditedDecision, RouteHistory } from './route-history.ts';
import { recentAudits, withoutLabel, type RecentAudits } from './recent-audits.ts';

/** What the configuration says of a route's learning. */
export interface ConfiguredRoute {
  route: string;
  /** Names, cheapest first. */
  tiers: readonly string[];
  /** Of its conversations that the policy decides, as the configuration says; absent: all. */
  share?: number;
  /** What certificates must promise; absent where the route promises nothing. */
  promise?: { maxQualityLoss: number; certainty: number };
  /** The kind of the uncertified rule that decides without a version; absent: the last tier answers everything until one is in force. */
  byHand?: string;
  /** Why the route cannot learn, and what to do; absent where it can. */
  problem?: string;
  /** Neither a judge nor agreement is configured, so only references and operators give verdicts. */
  nobodyJudges?: true;
  /** What audits may cost per day and tenant, in US dollars; absent where there are no audits. */
  dailyBudgetUsd?: number;
}

export interface RouteStatus extends Omit<ConfiguredRoute, 'share'> {
  /** How many of its conversations the policy decides, and what it would have done with the others; absent where it decides all. */
  rollout?: RolloutStatus;
  /**
   * The version in force. Absent where there is none: then the rule of the configuration serves, or the last tier alone. The
   * same is true where an `obstacle` says, in a sentence without its full stop, why the promoted version does not apply.
   */
  inForce?: {
    version: string;
    certified: boolean;
    sentence?: string;
    /** Where audits show more loss than is promised: what that means, in sentences. */
    beyondPromise?: string;
    lapsed?: LapseStatus;
    obstacle?: string;
  };
  labels: {
    /** Audits with an answer of every tier and a verdict on each. */
    complete: number;
    /** Those of them that can certify. */
    certifying: number;
    /** Per day in the last week, or since the first one; absent where there were none. */
    perDay?: number;
  };
  /** What came of the latest audits; absent where there were none. */
  audits?: RecentAudits;
  /** How many of the latest requests were due to be audited and were not; absent where too few were due. */
  dropped?: DroppedAudits;
  /** Whether due audits got verdicts lately; absent where there were none, or the route promises nothing. */
  due?: DueAudits;
  /** The judge's verdicts on controls since the epoch began; absent where it was asked about none. */
  controls?: JudgeControls;
  /** What the learner waits for; absent where the route promises nothing or cannot learn, or while too many due audits have no verdict. */
  next?: AwaitedStep;
  candidate?: {
    version: string;
    frozenAt: string;
    fitRows: number;
    /** Numbers of certification audits at which it is tested, and how many of these tests have run. */
    looks: readonly number[];
    taken: number;
  };
  epoch?: { beganAt: string; why: string; attempts: number };
  /** How often requests are audited: at the rate of the start, a raised rate after a change, or the usual rate. */
  auditing?: LoopState['auditing'];
  /** A certified version that waits for an operator to promote it. */
  proposed?: string;
  /** A version that waited to be promoted, until its certificate lapsed. */
  lapsed?: { version: string } & LapseStatus;
  /** The latest events, the newest first. */
  tests: StatusEvent[];
  alarms: StatusEvent[];
  /** Versions that learning put in force, took out of force, or proposed. */
  steps: StatusEvent[];
  /** Hash of the policy that decided the newest request. */
  policy?: string;
  estimates: Estimates;
}

/** A route of which the last tier alone answers a part, or everything. */
export interface RolloutStatus extends ObservedFigures {
  /** Of its conversations that the policy decides now. */
  share: number;
  /** The last change that was made while a gateway ran, if it still holds. */
  changed?: { at: string; by: string; why?: string };
}

/** When a certificate lapsed, and why. */
export interface LapseStatus {
  since: string;
  why: string;
  /** It holds again when due audits get verdicts again. */
  isForNow?: true;
}

export interface StatusEvent {
  kind: string;
  message: string;
  at: string;
  version?: string;
}

export interface RouteStatusInputs {
  history: RouteHistory;
  /** Absent where learning has not begun, or its state cannot be read. */
  state?: LoopState;
  /** Why the route could not learn at the last attempt; absent where it could. */
  problem?: string;
  inForce?: NonNullable<RouteStatus['inForce']>;
  /** What decides, or would; absent where the last tier answers everything anyway. */
  deciding?: DecidingPolicy;
  /** The newest change of the route's share; absent where there is none. */
  stated?: RolloutStep;
  /** The last proposed version, if it has never served, and when its certificate lapsed, if it has. */
  proposal?: { version: string; lapse?: Lapse };
  /** Events of the route, the newest first. */
  events: readonly LearningEvent[];
  nowMs: number;
}

const MOST_EVENTS = 5;

export function routeStatus(route: ConfiguredRoute, input: RouteStatusInputs): RouteStatus {
  const { history, state, inForce, proposal, events, nowMs } = input;
  const { share: configured = 1, ...described } = route;
  const { promise, nobodyJudges = false } = route;
  const rows = rowsOf(history.audited, route.tiers);
  const labels = labelsAfter(rows, 0);
  const policy = history.recent.findLast(({ outcome }) => !isObserved(outcome))?.outcome.policyHash;
  const problem = promise === undefined ? undefined : (route.problem ?? input.problem);
  // Until due audits get verdicts again there is no next step.
  const isJudged = state?.unjudged.since === undefined;
  const canLearn = promise !== undefined && problem === undefined;
  const audits = recentAudits(history, route.tiers, nowMs);
  const dropped = problem === undefined ? droppedAudits(history, nowMs) : undefined;
  const certifying = labels.filter(({ certifies }) => certifies).length;
  const isSpent = (dropped?.overBudget ?? 0) > 0;
  const obstructions = { withoutLabel: withoutLabel(audits, { nobodyJudges, certifying }), isSpent };
  // Another judge begins an epoch.
  const compared = history.audited.filter(({ number }) => number > (state?.epoch.after ?? 0));
  const beyond = (loss: Estimates['loss']): string | undefined =>
    inForce?.certified !== true || promise === undefined || loss === undefined
      ? undefined
      : beyondPromise(promise.maxQualityLoss, {
          value: loss.estimate,
          interval: loss.interval,
          rows: counted(loss.audits, 'audited request'),
        });
  const ofPolicy = (decisions: readonly Decision[]): Decision[] =>
    decisions.filter(({ outcome }) => outcome.policyHash === policy);
  const estimates = estimatePolicy(
    { requests: ofPolicy(history.recent), audited: ofPolicy(history.audited), compared },
    { tiers: route.tiers, ...defined({ maxLoss: promise?.maxQualityLoss }) },
  );
  const against = beyond(estimates.loss);
  return {
    ...described,
    labels: {
      complete: labels.length,
      certifying,
      ...defined({ perDay: labelsPerDay(labels, nowMs, isSpent) }),
    },
    ...defined({
      inForce: inForce && { ...inForce, ...defined({ beyondPromise: against }) },
      audits,
      dropped,
      due: dueAudits(rows, nowMs, promise, state?.unjudged.since),
      controls: judgeControls(compared),
      problem,
      next: canLearn && isJudged ? awaitedStep(state, rows, nowMs, obstructions) : undefined,
      policy,
      rollout: rolloutStatus(configured, input, route.tiers),
    }),
    ...(state === undefined ? {} : stateStatus(state)),
    ...(proposal === undefined ? {} : proposalStatus(proposal)),
    tests: newest(events, ['tested']),
    alarms: newest(events, ['alarm', 'recovered']),
    steps: newest(events, ['promoted', 'proposed', 'moved', 'rolled-back']),
    estimates,
  };
}

/** Number of the last audit before traffic last changed; learning's own beginning is no change. */
export function sinceChange(state: Pick<LoopState, 'epoch'> | undefined): number {
  return state === undefined || state.epoch.isFirst === true ? 0 : state.epoch.after;
}

/** Absent where the policy decides every request, and did lately. */
function rolloutStatus(
  configured: number,
  { history, state, deciding, stated }: RouteStatusInputs,
  tiers: readonly string[],
): RolloutStatus | undefined {
  const share = shareNow(configured, stated);
  const isObserving = share < 1 || history.recent.some(({ outcome }) => isObserved(outcome));
  if (tiers.length < 2 || !isObserving) return undefined;
  const figures = observedFigures(
    { recent: history.recent.map(({ outcome }) => outcome), audited: history.audited },
    { tiers, after: sinceChange(state), ...defined({ deciding }) },
  );
  const { takenAtMs, takenBy: by, why } = stated?.configured === configured ? stated : {};
  const changed =
    takenAtMs === undefined || by === undefined
      ? undefined
      : { at: isoTime(takenAtMs), by, ...defined({ why }) };
  return { share, ...defined({ changed }), ...figures };
}

function proposalStatus({
  version,
  lapse,
}: NonNullable<RouteStatusInputs['proposal']>): Pick<RouteStatus, 'proposed' | 'lapsed'> {
  if (lapse === undefined) return { proposed: version };
  return { lapsed: { version, ...lapseStatus(lapse) } };
}

function lapseStatus({ sinceMs, why, isForNow }: Lapse): LapseStatus {
  return { since: isoTime(sinceMs), why, ...defined({ isForNow }) };
}

/** What is in force. A version whose certificate has lapsed is not certified any more. */
export function inForceStatus(
  version: string,
  certificate: { sentence: string } | undefined,
  lapse: Lapse | undefined,
): NonNullable<RouteStatus['inForce']> {
  if (lapse !== undefined) return { version, certified: false, lapsed: lapseStatus(lapse) };
  if (certificate === undefined) return { version, certified: false };
  return { version, certified: true, sentence: certificate.sentence };
}

function stateStatus({ candidate, epoch, auditing }: LoopState): Partial<RouteStatus> {
  return {
    ...defined({
      candidate: candidate && {
        version: candidate.hash,
        frozenAt: isoTime(candidate.frozenAtMs),
        fitRows: candidate.fitRows,
        looks: candidate.looks.map((planned) => planned.rows),
        taken: candidate.taken,
      },
    }),
    epoch: { beganAt: isoTime(epoch.beganAtMs), why: epoch.why, attempts: epoch.wealth.attempts },
    auditing,
  };
}

/** The audits as the loop sees them, but that here every cost counts as known. */
function rowsOf(audited: readonly AuditedDecision[], tiers: readonly string[]): AuditedRow[] {
  return audited.flatMap((decision, row) => {
    const { audit, number } = decision;
    return audit === undefined ? [] : [{ number, row, ...auditedRow({ ...decision, audit }, tiers) }];
  });
}

function newest(events: readonly LearningEvent[], kinds: readonly string[]): StatusEvent[] {
  return events
    .filter(({ kind }) => kinds.includes(kind))
    .slice(0, MOST_EVENTS)
    .map(({ kind, message, createdAtMs, version }) => ({
      kind,
      message,
      at: isoTime(createdAtMs),
      ...defined({ version }),
    }));
}
