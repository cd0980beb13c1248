import { versionHash, type Version } from '../../routing/version.ts';
import { counted } from '../../format/counted.ts';
import { costAndLossWords, lossWords, percent } from '../table/measured-figures.ts';
import { lastCostToSave } from '../fitting/solve-ladder.ts';
import { freezeCandidate, LEAST_FIT, type AuditHistory } from './freeze.ts';
import { measureAsServed } from './measure-version.ts';
import { certifyingRows, runInterimTest, type InterimTestResult } from './interim-test.ts';
import { rowsDue } from './plan-interim-tests.ts';
import type { LoopSettings } from './settings.ts';
import { hasAnswers, rowsSince, type LoopState } from './state.ts';
import { withInForce, onlyState, type LoopEvent, type LoopStep } from './steps.ts';
import { wealthAfterFailure, wealthAfterPass } from './alpha-wealth.ts';

/** A further candidate is fitted when audits have grown by this factor since the last one. */
export const REFIT_GROWTH = 1.4;

/**
 * What is to be done now: fit and freeze a candidate, test it, or nothing.
 * @param candidate the version behind `state.candidate`, and `inForce` that in force, where there are such.
 * @throws {RangeError} where the last tier's answers cost nothing.
 */
export function fitOrTest(
  settings: LoopSettings,
  state: LoopState,
  { candidate, inForce }: { candidate?: Version; inForce?: Version },
  known: AuditHistory,
): LoopStep {
  const { rows } = known;
  const own = rowsSince(rows, state.epoch.beganAtMs).length;
  if (own < LEAST_FIT) return onlyState(state);
  // A test would use its chance up, and could find nothing that saves.
  lastCostToSave(
    known.table,
    rows.filter(hasAnswers).map(({ row }) => row),
  );
  const frozen = state.candidate;
  if (frozen === undefined || candidate === undefined) return freezeStep(settings, state, inForce, known);
  const next = frozen.looks[frozen.taken];
  if (next === undefined)
    return frozen.isOutpriced === true || own >= REFIT_GROWTH * frozen.fitRows
      ? freezeStep(settings, state, inForce, known)
      : onlyState(state);
  const certifying = certifyingRows(rows, frozen.frozenAtMs);
  if (certifying.length < rowsDue(next, known.nowMs - frozen.frozenAtMs)) return onlyState(state);
  const { wealth } = state.epoch;
  const attempt = wealth.attempts + 1;
  const found = runInterimTest(settings, frozen, candidate, state.epoch, known, certifying);
  const tested: LoopState = {
    ...state,
    epoch: {
      ...state.epoch,
      wealth: found.complete
        ? wealthAfterPass(wealth, 1 - settings.objective.certainty)
        : wealthAfterFailure(wealth),
      certified: state.epoch.certified || found.certified !== undefined,
      boldFitRows:
        next.until === undefined && frozen.isOutpriced !== true ? frozen.fitRows : state.epoch.boldFitRows,
    },
    candidate: { ...frozen, taken: frozen.taken + 1 },
    auditing: next.until === undefined ? 'usual' : state.auditing,
  };
  const event: LoopEvent = {
    kind: 'tested',
    message: `Attempt ${attempt}, on ${counted(found.rows, 'audit')}: ${foundWords(found, settings)}`,
    details: {
      rows: found.rows,
      share: found.level,
      passed: found.passed,
      complete: found.complete,
      ...found.certified?.figures,
    },
    version: frozen.hash,
  };
  if (found.certified === undefined) return { state: tested, events: [event], versions: [] };
  const { version, figures } = found.certified;
  const { relativeCost } = figures;
  const measured = `On the ${counted(found.rows, 'audit')} that certified it, it ${costAndLossWords(figures)}; ${BEFORE_AUDITS}.`;
  const costNow =
    inForce === undefined ? 1 : measureAsServed(known.measure, inForce, certifying).relativeCost;
  // Where a change began the epoch, what serves is certified no longer: what is takes its place, also where it is dearer.
  const most = state.epoch.certified ? costNow : 1;
  if (relativeCost >= most) return { state: tested, events: [event], versions: [] };
  const hash = versionHash(version);
  if (settings.promote === 'approve')
    return {
      state: tested,
      versions: [version],
      events: [
        event,
        {
          kind: 'proposed',
          message: `It waits for an operator's word: \`weir versions promote ${hash}\`. ${measured}`,
          details: { relativeCost, costNow },
          version: hash,
        },
      ],
    };
  return {
    state: withInForce(tested, { hash, evidence: version.evidence }, known.nowMs),
    versions: [version],
    force: version,
    events: [
      event,
      {
        kind: 'promoted',
        message: `It serves from now on, instead of ${inForce === undefined ? 'the last tier alone' : `one that cost ${percent(costNow)}`}. ${measured}`,
        details: { relativeCost, costNow },
        version: hash,
      },
    ],
  };
}

function freezeStep(
  settings: LoopSettings,
  state: LoopState,
  inForce: Version | undefined,
  known: AuditHistory,
): LoopStep {
  const { candidate, version } = freezeCandidate(settings, state, inForce, known);
  const [first] = candidate.looks;
  return {
    state: { ...state, candidate },
    versions: [version],
    events: [
      {
        kind: 'candidate',
        message:
          first === undefined
            ? `Fitted on ${counted(candidate.fitRows, 'audit')}; more are needed before anything is likely to be certified.`
            : `Fitted on ${counted(candidate.fitRows, 'audit')} and frozen; it is tested on the next ${counted(first.rows, 'certification audit')}.`,
        details: { fitRows: candidate.fitRows, looks: candidate.looks },
        version: candidate.hash,
      },
    ],
  };
}

const BEFORE_AUDITS = 'what audits cost is not in it';

function foundWords({ certified, passed, failed }: InterimTestResult, { objective }: LoopSettings): string {
  if (certified === undefined) {
    const why =
      failed === undefined
        ? ''
        : ` The first that failed ${lossWords(failed)}, and ${percent(objective.maxQualityLoss)} may be lost.`;
    return `no policy that saves is certified yet.${why}`;
  }
  const policies = `${counted(passed, 'policy', 'policies')} of the path ${passed === 1 ? 'is' : 'are'} certified`;
  return `${policies}. The cheapest ${costAndLossWords(certified.figures)}; ${BEFORE_AUDITS}.`;
}
