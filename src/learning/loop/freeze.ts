import { createRandom, groupByCluster, shuffled } from '../../calibration/fit/random.ts';
import { versionHash, type Version } from '../../routing/version.ts';
import type { PolicyResult } from '../table/measure-rows.ts';
import type { LadderTable } from '../table/ladder-table.ts';
import { confidenceModelOf } from '../fitting/fit-ladder.ts';
import { meanLastCost, solveLadder } from '../fitting/solve-ladder.ts';
import { pricesOfQuality } from '../fitting/solve-path.ts';
import { measureAsServed, type MeasureVersion } from './measure-version.ts';
import { planInterimTests } from './plan-interim-tests.ts';
import { rowWeights, WEIGHTY_ROWS } from './row-weights.ts';
import type { LoopSettings } from './settings.ts';
import { hasAnswers, rowsSince, type AuditedRow, type Candidate, type LoopState } from './state.ts';

/** Fewer audits than this are not fitted on. */
export const LEAST_FIT = 80;
/** A bold look is made of candidates that were fitted on so many audits, and of so many times as many each time. */
const LEAST_BOLD_FIT = 200;
const BOLD_GROWTH = 2;
/** On so many certification audits, and as a share of those of the epoch that were fitted on. */
const LEAST_BOLD_ROWS = 330;
const BOLD_SHARE = 0.5;
/** Points of the paths on which it is only tried how well a fit would do. */
const TRIAL_POINTS = 24;
/** From so many audits of the epoch on, older ones say nothing of what to expect. */
const OWN_ROWS = 60;

/** What a look at the audits needs. */
export interface AuditHistory {
  table: LadderTable;
  /** Every audit so far, the oldest first. */
  rows: readonly AuditedRow[];
  measure: MeasureVersion;
  nowMs: number;
}

/**
 * Fits a ladder on every audit so far that still weighs anything, solves its whole path, and freezes it: what comes later can test it. When it will
 * be tested is planned from how fits on one half of the audits do on the other.
 * @throws {RangeError} where the last tier's answers cost nothing.
 */
export function freezeCandidate(
  settings: LoopSettings,
  state: LoopState,
  inForce: Version | undefined,
  { table, rows: every, measure, nowMs }: AuditHistory,
): { candidate: Candidate; version: Version } {
  const rows = every.slice(-WEIGHTY_ROWS).filter(hasAnswers);
  const fitRows = shuffled(
    rows.map((_, index) => index),
    createRandom(rows.length),
  );
  const weights = rowWeights(rows, state.epoch.beganAtMs);
  const of = (index: number): number => rows[index]?.row ?? -1;
  const solved = solveLadder(table, fitRows.map(of), {
    weights: Float64Array.from(fitRows, (index) => weights[index] ?? NaN),
  });
  const unit = meanLastCost(table, fitRows.map(of));
  const createdAt = new Date(nowMs).toISOString();
  const { route, tiers, objective, source } = settings;
  const version: Version = {
    format: 1,
    route,
    tiers: [...tiers],
    rule: { kind: 'price', objective, ...solved.parts, place: 0, furthest: 0 },
    confidenceModel: confidenceModelOf(solved.ladder, `${route}-${createdAt.slice(0, 10)}`, {
      fitRows: rows.length,
      source,
    }),
    evidence: { source, fitRows: rows.length, lastTierUsd: unit / 1e9 },
    createdAt,
  };
  const since = rowsSince(every, state.epoch.beganAtMs);
  const recent = since.length >= OWN_ROWS ? rowsSince(rows, state.epoch.beganAtMs) : rows;
  const enough = since.length >= Math.max(LEAST_BOLD_FIT, BOLD_GROWTH * state.epoch.boldFitRows);
  const looks = !enough
    ? []
    : planInterimTests(tryOut(table, rows, weights, new Set(recent)), {
        maxLoss: objective.maxQualityLoss,
        level: 1 - objective.certainty,
        wealth: state.epoch.wealth,
        costNow:
          inForce === undefined
            ? 1
            : measureAsServed(
                measure,
                inForce,
                recent.map(({ row }) => row),
              ).relativeCost,
        points: version.rule.path.length,
        boldAt: Math.max(LEAST_BOLD_ROWS, Math.round(BOLD_SHARE * Math.min(since.length, WEIGHTY_ROWS))),
      });
  return {
    version,
    candidate: {
      hash: versionHash(version),
      // Clocks go back: what was fitted on is before the freeze, whatever they say.
      frozenAtMs: every.reduce((latest, { atMs }) => Math.max(latest, atMs), nowMs),
      fitRows: since.length,
      looks,
      taken: 0,
    },
  };
}

/** What paths that are fitted on one half of the audits do on the other, point by point, on the audits that count. */
function tryOut(
  table: LadderTable,
  rows: readonly AuditedRow[],
  weights: Float64Array,
  counts: ReadonlySet<AuditedRow>,
): PolicyResult[] {
  const clusters = shuffled(groupByCluster(rows.map(({ cluster }) => cluster)), createRandom(1));
  const halves = [0, 1].map((half) => clusters.filter((_, index) => index % 2 === half).flat());
  const prices = pricesOfQuality(TRIAL_POINTS);
  const measured = [0, 1].map((half): PolicyResult[] => {
    const fit = halves[half] ?? [];
    const test = (halves[1 - half] ?? []).flatMap((index) => {
      const audited = rows[index];
      return audited !== undefined && counts.has(audited) ? [audited.row] : [];
    });
    const solved = solveLadder(
      table,
      fit.map((index) => rows[index]?.row ?? -1),
      { prices, weights: Float64Array.from(fit, (index) => weights[index] ?? NaN) },
    );
    return prices.map((_, point) => solved.measure(test, point));
  });
  const [first = [], second = []] = measured;
  return first.map((one, point) => {
    const other = second[point] ?? one;
    const [n, m] = [one.losses.length, other.losses.length];
    return {
      losses: Float64Array.from([...one.losses, ...other.losses]),
      relativeCost: (one.relativeCost * n + other.relativeCost * m) / (n + m),
    };
  });
}
