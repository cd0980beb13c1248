import { defined } from '../../defined.ts';
import { commandLine } from '../../format/command-line.ts';
import { counted } from '../../format/counted.ts';
import { percent } from '../../format/percent.ts';
import { versionHash, type Version } from '../../routing/version.ts';
import { lastCostToSave } from '../fitting/solve-ladder.ts';
import { costAndLossWords, lossWords, shareOfLastTier } from '../table/measured-figures.ts';
import { wealthAfterFailure, wealthAfterPass } from './alpha-wealth.ts';
import { freezeCandidate, labelsToFit, LEAST_FIT } from './freeze.ts';
import { certifyingRows, runInterimTest, type InterimTestResult } from './interim-test.ts';
import { isMostlyUnknown, unjudgedWords } from './watch/unjudged.ts';
import { measureAsServed } from './measure-version.ts';
import { rowsDue, type PlannedInterimTest } from './plan-interim-tests.ts';
import type { LoopSettings } from './settings.ts';
import { hasAnswers, labelsAfter, type AuditedRow } from './audited-row.ts';
import type { AuditHistory, Candidate, LoopState } from './state.ts';
import { onlyState, withInForce, type LoopEvent, type LoopStep, type Now } from './steps.ts';

/** What {@link fitOrTest} has to do at a place in the sequence of audits. */
type Due =
  | { what: 'fit' }
  | { what: 'test'; frozen: Candidate; planned: PlannedInterimTest; certifying: readonly AuditedRow[] }
  /** Nothing, before so many further audits have come or got a verdict. */
  | { what: 'wait'; audits: number };

function whatIsDue(
  { epoch, candidate, unjudged }: LoopState,
  { rows, nowMs }: Pick<AuditHistory, 'rows' | 'nowMs'>,
): Due {
  // Until enough of the coming audits have verdicts. That changes the state.
  if (unjudged.since !== undefined) return { what: 'wait', audits: Infinity };
  const planned = candidate?.looks[candidate.taken];
  if (candidate === undefined || planned === undefined) {
    const missing = labelsToFit(epoch) - labelsAfter(rows, epoch.after).length;
    return missing > 0 ? { what: 'wait', audits: missing } : { what: 'fit' };
  }
  // Of the first so many conversations, whatever became of their audits: the number was fixed when the path was frozen.
  const needed = rowsDue(planned, nowMs - candidate.frozenAtMs);
  const certifying = certifyingRows(rows, candidate.after, needed);
  if (certifying.length >= needed) return { what: 'test', frozen: candidate, planned, certifying };
  return { what: 'wait', audits: Math.min(needed, planned.least ?? needed) - certifying.length };
}

/** How many further audits must come, or get a verdict, before {@link fitOrTest} has anything to do; at most 0: it has now. */
export function auditsUntilDue(state: LoopState, audits: Pick<AuditHistory, 'rows' | 'nowMs'>): number {
  const due = whatIsDue(state, audits);
  return due.what === 'wait' ? Math.max(1, due.audits) : 0;
}

/** @throws {RangeError} if the last tier's answers cost nothing, so that no fit or test is of use. */
function requireSaving({ table, rows }: Pick<AuditHistory, 'table' | 'rows'>): void {
  lastCostToSave(
    table,
    rows.filter(hasAnswers).map(({ row }) => row),
  );
}

/** Why nothing could be fitted or tested, whenever it is due; `undefined` where nothing is in the way. */
export function savingProblem({ epoch }: LoopState, audits: AuditHistory): string | undefined {
  if (labelsAfter(audits.rows, epoch.after).length < LEAST_FIT) return undefined;
  try {
    requireSaving(audits);
    return undefined;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return error.message;
  }
}

/**
 * The next step towards a better policy: fit and freeze a candidate, test it, or wait for more audits. It is to be asked at every
 * audit at which something is due: what is fitted, frozen and tested then follows from the audits and their order alone.
 * @param versions the version behind `state.candidate` and the one in force, if there are such.
 * @throws {RangeError} if the last tier's answers cost nothing.
 */
export function fitOrTest(
  settings: LoopSettings,
  state: LoopState,
  { candidate, inForce }: { candidate?: Version; inForce?: Version },
  audits: AuditHistory,
): LoopStep {
  const due = whatIsDue(state, audits);
  if (due.what === 'wait') return onlyState(state);
  // Throws before a test spends alpha although nothing can be saved.
  requireSaving(audits);
  if (due.what === 'fit' || candidate === undefined) return freezeStep(settings, state, inForce, audits);
  const { frozen, planned, certifying } = due;
  const result = runInterimTest(settings, frozen, candidate, state.epoch, audits, certifying);
  const after = afterTest(settings, state, frozen, planned, result);
  const isRefused = isMostlyUnknown(result.unjudged, result.rows, settings.objective);
  const step: LoopStep = {
    // Further tests of the same path would have the same audits without a verdict among theirs.
    state: isRefused ? withoutCandidate(after) : after,
    events: [testedEvent(settings, state, frozen, result, certifying)],
    versions: [],
  };
  const { certified } = result;
  if (certified === undefined) return step;
  const costNow =
    inForce === undefined
      ? 1
      : measureAsServed(
          audits.measure,
          inForce,
          certifying.filter(hasAnswers).map(({ row }) => row),
        ).relativeCost;
  // After a change the version in force is no longer certified: then a certified one replaces it even if it costs more.
  const mostCost = state.epoch.certified ? costNow : 1;
  if (certified.figures.relativeCost >= mostCost) return step;
  return serveOrPropose(
    settings,
    step,
    certified,
    defined({ costNow, inForce, rows: result.rows, now: audits }),
  );
}

function freezeStep(
  settings: LoopSettings,
  state: LoopState,
  inForce: Version | undefined,
  audits: AuditHistory,
): LoopStep {
  const { candidate, version } = freezeCandidate(settings, state, inForce, audits);
  const [first] = candidate.looks;
  const rows = counted(first?.rows ?? 0, 'certification audit');
  return {
    state: { ...state, candidate },
    versions: [version],
    events: [
      {
        kind: 'candidate',
        message: `A candidate was fitted on ${counted(candidate.fitRows, 'audit')} and frozen. It will be tested on the next ${rows}.`,
        details: { fitRows: candidate.fitRows, looks: candidate.looks },
        version: candidate.hash,
      },
    ],
  };
}

/** The state after a planned test of the candidate. A test without `until` is the bold one; audits stay raised until one certifies, or two have failed. */
function afterTest(
  { objective }: LoopSettings,
  state: LoopState,
  frozen: Candidate,
  { until }: PlannedInterimTest,
  { complete, certified }: InterimTestResult,
): LoopState {
  const { epoch } = state;
  const isBold = until === undefined;
  const isCertified = epoch.certified || certified !== undefined;
  // One failure is often bad luck; where the second candidate fails too, more audits at once would cost more than they are worth.
  const hasTried = isCertified || epoch.boldFitRows > 0;
  return {
    ...state,
    epoch: {
      ...epoch,
      wealth: complete
        ? wealthAfterPass(epoch.wealth, 1 - objective.certainty)
        : wealthAfterFailure(epoch.wealth),
      certified: isCertified,
      boldFitRows: isBold && frozen.isOutpriced !== true ? frozen.fitRows : epoch.boldFitRows,
    },
    candidate: { ...frozen, taken: frozen.taken + 1 },
    auditing: isBold && hasTried ? 'usual' : state.auditing,
  };
}

function testedEvent(
  settings: LoopSettings,
  { epoch }: LoopState,
  frozen: Candidate,
  result: InterimTestResult,
  due: readonly AuditedRow[],
): LoopEvent {
  const { rows, unjudged, level, passed, complete, certified } = result;
  return {
    kind: 'tested',
    message: `Test ${epoch.wealth.attempts + 1}, on ${counted(rows, 'audit')}: ${resultWords(result, settings, due)}`,
    details: { rows, unjudged, share: level, passed, complete, ...certified?.figures },
    version: frozen.hash,
  };
}

const WITHOUT_AUDITS = 'The cost of audits is not included.';

function withoutCandidate({ candidate: _, ...rest }: LoopState): LoopState {
  return rest;
}

function resultWords(
  { certified, passed, failed, rows, unjudged }: InterimTestResult,
  settings: LoopSettings,
  due: readonly AuditedRow[],
): string {
  const { objective } = settings;
  if (isMostlyUnknown(unjudged, rows, objective)) {
    const { why, mend } = unjudgedWords(due, settings);
    return `nothing is certified: ${why}. ${mend}`;
  }
  if (certified === undefined) {
    const why =
      failed === undefined
        ? ''
        : ` The first policy that failed ${lossWords(failed)}; at most ${percent(objective.maxQualityLoss)} is allowed.`;
    return `no policy that saves money is certified yet.${why}`;
  }
  const policies = `${counted(passed, 'policy', 'policies')} of the path ${passed === 1 ? 'is' : 'are'} certified`;
  return `${policies}. The cheapest ${costAndLossWords(certified.figures)}. ${WITHOUT_AUDITS}`;
}

/** Puts a certified version in force, or proposes it to the operators, as the configuration says. */
function serveOrPropose(
  { promote }: LoopSettings,
  { state, events }: LoopStep,
  { version, figures }: NonNullable<InterimTestResult['certified']>,
  { costNow, inForce, rows, now }: { costNow: number; inForce?: Version; rows: number; now: Now },
): LoopStep {
  const hash = versionHash(version);
  const measured = `On the ${counted(rows, 'audit')} that certified it, it ${costAndLossWords(figures)}. ${WITHOUT_AUDITS}`;
  const event = { details: { relativeCost: figures.relativeCost, costNow }, version: hash };
  if (promote === 'approve')
    return {
      state,
      versions: [version],
      events: [
        ...events,
        {
          kind: 'proposed',
          message: `A certified version waits for approval. To put it in force, run ${commandLine(`versions promote ${hash}`)}. ${measured}`,
          ...event,
        },
      ],
    };
  const before =
    inForce === undefined ? 'the last tier alone' : `a version that cost ${shareOfLastTier(costNow)}`;
  return {
    state: withInForce(state, { hash, evidence: version.evidence }, now),
    versions: [version],
    force: version,
    events: [
      ...events,
      {
        kind: 'promoted',
        message: `A certified version now serves, instead of ${before}. ${measured}`,
        ...event,
      },
    ],
  };
}
