/** Where a route's learning stands, for people. Pure. What is not known is absent. */
import type { LearningEvent } from '../../store/contract/learning-rows.ts';
import type { Decision } from '../../store/contract/store.ts';
import { drawn } from '../learner/audited-traces.ts';
import { droppedAudits, type DroppedAudits } from './dropped-audits.ts';
import { estimate, type Estimates } from './estimates.ts';
import { judgeControls, type JudgeControls } from '../labels/judge-controls.ts';
import type { AuditedRow, LoopState } from '../loop/loop.ts';
import { nextStep, perDay, type NextStep } from './next-step.ts';
import type { Lapse } from '../in-force/lapsed.ts';
import type { RouteHistory } from './read-route.ts';
import { isJudged, recentAudits, withoutLabel, type RecentAudits } from './recent-audits.ts';

/** A route, as far as learning goes. */
export interface LearningRoute {
  route: string;
  /** Names, cheapest first. */
  tiers: readonly string[];
  /** What is to be promised; absent where the route promises nothing. */
  promise?: { maxQualityLoss: number; certainty: number };
  /** Kind of the rule that decides without any version, not certified; absent: until one is in force the last tier answers everything. */
  byHand?: string;
  /** Why nothing can be learned, and what helps; absent where it can. */
  problem?: string;
  /** Neither a judge nor agreement gives verdicts: only references and operators do. */
  nobodyJudges?: true;
  /** What audits may cost a day and tenant, US dollars; absent where none are made. */
  dailyBudgetUsd?: number;
}

export interface RouteStatus extends LearningRoute {
  /**
   * Absent where no version is: then the rule of the configuration serves, or the last tier alone. So it is where an
   * `obstacle` says, in a sentence without its full stop, why what was promoted does not apply.
   */
  inForce?: {
    version: string;
    certified: boolean;
    sentence?: string;
    lapsed?: LapseWords;
    obstacle?: string;
  };
  labels: {
    /** Audits with an answer of every tier, and a verdict on each: what is learned from. */
    complete: number;
    /** Of these, those that certify. */
    certifying: number;
    /** Complete ones a day, at the rate of the last week, or since the first one; absent where there were none. */
    perDay?: number;
  };
  /** What became of the latest audits; absent where there were none. */
  audits?: RecentAudits;
  /** Which of the latest requests should have been audited and were not; absent where too few tell. */
  dropped?: DroppedAudits;
  /** What the judge said of answers that are wrong for certain, since the epoch began; absent where it was asked about none. */
  controls?: JudgeControls;
  /** What the learner waits for; absent where the route promises nothing, or nothing can be learned. */
  next?: NextStep;
  candidate?: {
    version: string;
    frozenAt: string;
    fitRows: number;
    /** Numbers of certification audits at which it is tested, and how many of these tests were made. */
    looks: readonly number[];
    taken: number;
  };
  epoch?: { beganAt: string; why: string; attempts: number };
  /** How often requests are audited: as at the start, more than usual after a change, or as usual. */
  auditing?: LoopState['auditing'];
  /** A version that was certified, and waits for an operator's word. */
  proposed?: string;
  /** One that waited for it, until a change came: its certificate holds no more. */
  lapsed?: { version: string } & LapseWords;
  /** What happened last, the newest first. */
  tests: StatusEvent[];
  alarms: StatusEvent[];
  /** What was put in force or taken back by learning, or proposed. */
  steps: StatusEvent[];
  /** Of the policy that decided the newest request. */
  policy?: string;
  estimates: Estimates;
}

/** When a certificate lapsed, and why. */
export interface LapseWords {
  since: string;
  why: string;
}

export interface StatusEvent {
  kind: string;
  message: string;
  at: string;
  version?: string;
}

export interface StatusInput {
  history: RouteHistory;
  /** Absent where nobody has begun to learn, or it cannot be read. */
  state?: LoopState;
  /** Why nothing could be learned when it was last tried; absent where it could. */
  problem?: string;
  inForce?: NonNullable<RouteStatus['inForce']>;
  /** What was proposed last and never served, and since when its certificate has lapsed, where it has. */
  proposal?: { version: string; lapse?: Lapse };
  /** Of the route, the newest first. */
  events: readonly LearningEvent[];
  nowMs: number;
}

const MOST_EVENTS = 5;

export function routeStatus(route: LearningRoute, input: StatusInput): RouteStatus {
  const { history, state, inForce, proposal, events, nowMs } = input;
  const rows = auditedRows(history.audited, route.tiers);
  const policy = history.recent.at(-1)?.outcome.policyHash;
  const maxLoss = route.promise?.maxQualityLoss;
  const problem = route.promise === undefined ? undefined : (route.problem ?? input.problem);
  const audits = recentAudits(history, route.tiers, nowMs);
  const dropped = problem === undefined ? droppedAudits(history, route.dailyBudgetUsd, nowMs) : undefined;
  const certifying = rows.filter(({ certifies }) => certifies).length;
  const isSpent = (dropped?.overBudget ?? 0) > 0;
  const rate = perDay(rows, nowMs, isSpent);
  // Another judge begins an epoch.
  const compared = history.audited.filter(
    ({ outcome }) => outcome.createdAtMs >= (state?.epoch.beganAtMs ?? 0),
  );
  const controls = judgeControls(compared);
  const next =
    route.promise === undefined || problem !== undefined
      ? undefined
      : nextStep(state, rows, nowMs, {
          withoutLabel: withoutLabel(audits, { nobodyJudges: route.nobodyJudges === true, certifying }),
          isSpent,
        });
  const of = (decisions: readonly Decision[]): Decision[] =>
    decisions.filter(({ outcome }) => outcome.policyHash === policy);
  return {
    ...route,
    ...(inForce === undefined ? {} : { inForce }),
    labels: {
      complete: rows.length,
      certifying,
      ...(rate === undefined ? {} : { perDay: rate }),
    },
    ...(audits === undefined ? {} : { audits }),
    ...(dropped === undefined ? {} : { dropped }),
    ...(controls === undefined ? {} : { controls }),
    ...(problem === undefined ? {} : { problem }),
    ...(next === undefined ? {} : { next }),
    ...(state === undefined ? {} : ofState(state)),
    ...(proposal === undefined ? {} : ofProposal(proposal)),
    tests: newest(events, ['tested']),
    alarms: newest(events, ['alarm']),
    steps: newest(events, ['promoted', 'proposed', 'moved', 'rolled-back']),
    ...(policy === undefined ? {} : { policy }),
    estimates: estimate(
      { requests: of(history.recent), audited: of(history.audited), compared },
      { tiers: route.tiers, ...(maxLoss === undefined ? {} : { maxLoss }) },
    ),
  };
}

function ofProposal({
  version,
  lapse,
}: NonNullable<StatusInput['proposal']>): Pick<RouteStatus, 'proposed' | 'lapsed'> {
  if (lapse === undefined) return { proposed: version };
  return { lapsed: { version, ...lapseWords(lapse) } };
}

function lapseWords({ sinceMs, why }: Lapse): LapseWords {
  return { since: new Date(sinceMs).toISOString(), why };
}

/** What is in force: where its certificate has lapsed, it is certified no more. */
export function inForceStatus(
  version: string,
  certificate: { sentence: string } | undefined,
  lapse: Lapse | undefined,
): NonNullable<RouteStatus['inForce']> {
  if (lapse !== undefined) return { version, certified: false, lapsed: lapseWords(lapse) };
  if (certificate === undefined) return { version, certified: false };
  return { version, certified: true, sentence: certificate.sentence };
}

function ofState({ candidate, epoch, auditing }: LoopState): Partial<RouteStatus> {
  return {
    ...(candidate === undefined
      ? {}
      : {
          candidate: {
            version: candidate.hash,
            frozenAt: new Date(candidate.frozenAtMs).toISOString(),
            fitRows: candidate.fitRows,
            looks: candidate.looks.map((planned) => planned.rows),
            taken: candidate.taken,
          },
        }),
    epoch: {
      beganAt: new Date(epoch.beganAtMs).toISOString(),
      why: epoch.why,
      attempts: epoch.wealth.attempts,
    },
    auditing,
  };
}

/** As the loop takes them: every tier answered, and somebody who is believed has judged each answer. */
function auditedRows(audited: readonly Decision[], tiers: readonly string[]): AuditedRow[] {
  return audited.flatMap((decision, row) => {
    const { audit } = decision;
    if (audit === undefined || !isJudged(decision, tiers)) return [];
    return [{ row, ...drawn({ ...decision, audit }, tiers) }];
  });
}

function newest(events: readonly LearningEvent[], kinds: readonly string[]): StatusEvent[] {
  return events
    .filter(({ kind }) => kinds.includes(kind))
    .slice(0, MOST_EVENTS)
    .map(({ kind, message, createdAtMs, version }) => ({
      kind,
      message,
      at: new Date(createdAtMs).toISOString(),
      ...(version === undefined ? {} : { version }),
    }));
}
