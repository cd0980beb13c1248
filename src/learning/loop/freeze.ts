import { createRandom, groupByCluster, shuffled } from '../../calibration/fit/random.ts';
import { DAY_MS, isoDay, isoTime } from '../../format/time.ts';
import { versionHash, type Version } from '../../routing/version.ts';
import { confidenceModelOf } from '../fitting/fit-ladder.ts';
import { meanLastCost, solveLadder } from '../fitting/solve-ladder.ts';
import { pricesOfQuality } from '../fitting/solve-path.ts';
import type { LadderTable } from '../table/ladder-table.ts';
import type { PolicyResult } from '../table/measure-rows.ts';
import { measureAsServed } from './measure-version.ts';
import { planInterimTests, type PlannedInterimTest } from './plan-interim-tests.ts';
import { rowWeights, WEIGHTY_ROWS } from './row-weights.ts';
import type { LoopSettings } from './settings.ts';
import { hasAnswers, labelsAfter, type AuditedRow } from './audited-row.ts';
import type { AuditHistory, Candidate, LoopState } from './state.ts';

/** A candidate is fitted on this many audits of the epoch; after a bold test on twice as many as the tested one. */
export const LEAST_FIT = 200;
const FIT_GROWTH = 2;
/** A bold test waits for this many certification audits, or for this share of the audits that were fitted on, if that is more. */
const LEAST_BOLD_ROWS = 330;
const BOLD_SHARE = 0.5;
/**
 * κ, so that a path prices what its promise counts. Of an answer the fit knows how likely the last tier's is better, b, and how
 * likely it is worse, w; b − w + κ(b + w) is then 2b. A gain makes up for no loss there. And where the fit knows nothing, b is not
 * near 0, as b − w is: the strict end of the path serves only what it knows.
 */
const LOSSES_ALONE = 1;
/** Points of the paths that are fitted only to see how well such a fit does. */
const TRIAL_POINTS = 24;
/** From this many audits of the epoch on, older audits are not used to predict how a test will end. */
const OWN_ROWS = 60;

/**
 * Fits a ladder on every audit that still has weight, solves its whole path, and freezes it, so that later audits can test
 * it. When it will be tested is planned from how fits on one half of the audits do on the other.
 * @throws {RangeError} if the last tier's answers cost nothing.
 */
export function freezeCandidate(
  settings: LoopSettings,
  state: LoopState,
  inForce: Version | undefined,
  audits: AuditHistory,
): { candidate: Candidate; version: Version } {
  const { table, nowMs } = audits;
  const rows = labelsAfter(audits.rows, 0).slice(-WEIGHTY_ROWS).filter(hasAnswers);
  const fitRows = shuffled(
    rows.map((_, index) => index),
    createRandom(rows.length),
  );
  const weights = rowWeights(rows, state.epoch.after);
  const tableRow = (index: number): number => rows[index]?.row ?? -1;
  const solved = solveLadder(table, fitRows.map(tableRow), {
    weights: Float64Array.from(fitRows, (index) => weights[index] ?? NaN),
    noisePrice: LOSSES_ALONE,
  });
  const { route, tiers, objective, source } = settings;
  const version: Version = {
    format: 1,
    route,
    tiers: [...tiers],
    rule: { kind: 'price', objective, ...solved.parts, place: 0, furthest: 0 },
    confidenceModel: confidenceModelOf(solved.ladder, `${route}-${isoDay(nowMs)}`, {
      fitRows: rows.length,
      source,
    }),
    evidence: {
      source,
      fitRows: rows.length,
      lastTierUsd: meanLastCost(table, fitRows.map(tableRow)) / 1e9,
    },
    // When exactly the last audit was made is no part of what a version is, and so of its hash.
    createdAt: isoTime(endOfDay(nowMs)),
  };
  return {
    version,
    candidate: {
      hash: versionHash(version),
      frozenAtMs: nowMs,
      after: audits.upTo,
      fitRows: labelsAfter(audits.rows, state.epoch.after).length,
      looks: planTests(settings, state, inForce, audits, { rows, weights, points: version.rule.path.length }),
      taken: 0,
    },
  };
}

const endOfDay = (atMs: number): number => (Math.floor(atMs / DAY_MS) + 1) * DAY_MS - 1;

/** On how many audits of the epoch the next candidate is fitted, at least. */
export function labelsToFit({ boldFitRows }: Pick<LoopState['epoch'], 'boldFitRows'>): number {
  return Math.max(LEAST_FIT, FIT_GROWTH * boldFitRows);
}

/** The tests of a path with so many points. */
function planTests(
  { objective }: LoopSettings,
  { epoch }: LoopState,
  inForce: Version | undefined,
  { table, rows: every, measure }: AuditHistory,
  { rows, weights, points }: { rows: readonly AuditedRow[]; weights: Float64Array; points: number },
): PlannedInterimTest[] {
  const since = labelsAfter(every, epoch.after);
  const recent = since.length >= OWN_ROWS ? labelsAfter(rows, epoch.after) : rows;
  const recentRows = recent.map(({ row }) => row);
  const measured = measureHalves(table, rows, weights, new Set(recent));
  return planInterimTests(withUnjudged(measured, every, epoch.after), {
    maxLoss: objective.maxQualityLoss,
    level: 1 - objective.certainty,
    wealth: epoch.wealth,
    costNow: inForce === undefined ? 1 : measureAsServed(measure, inForce, recentRows).relativeCost,
    points,
    boldAt: Math.max(LEAST_BOLD_ROWS, Math.round(BOLD_SHARE * Math.min(since.length, WEIGHTY_ROWS))),
  });
}

/** As many rows more as are to be expected without a verdict, each of them lost. */
function withUnjudged(
  measured: readonly PolicyResult[],
  rows: readonly AuditedRow[],
  after: number,
): readonly PolicyResult[] {
  const due = rows.filter(({ certifies, number }) => certifies && number > after);
  const judged = due.filter(({ lacks }) => lacks === undefined).length;
  if (judged === due.length || judged === 0) return measured;
  return measured.map((result) => {
    const lost = Math.round((result.losses.length * (due.length - judged)) / judged);
    return { ...result, losses: Float64Array.from([...result.losses, ...Array<number>(lost).fill(1)]) };
  });
}

/**
 * What paths that are fitted on each half of the audits do on the other half, point by point.
 * @param counts the audits to measure on; the others are only fitted on.
 */
function measureHalves(
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
      {
        prices,
        weights: Float64Array.from(fit, (index) => weights[index] ?? NaN),
        noisePrice: LOSSES_ALONE,
      },
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
