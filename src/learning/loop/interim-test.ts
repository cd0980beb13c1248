import { createRandom, shuffled } from '../../calibration/fit/random.ts';
import { isoDay, isoTime } from '../../format/time.ts';
import type { Certificate, Version } from '../../routing/version.ts';
import { thinPath } from '../fitting/path-position.ts';
import { mean, type PolicyResult } from '../table/measure-rows.ts';
import { measuredFigures, type MeasuredFigures } from '../table/measured-figures.ts';
import { certifyPath, isBinary, lossPValue, lossTest } from '../tuning/certify-path.ts';
import { certificateOf } from '../versions/certificate-of.ts';
import { upperUsualRate } from './alarm.ts';
import { levelOfNextTest } from './alpha-wealth.ts';
import { baselinesOf } from './answer-baseline.ts';
import type { LoopSettings } from './settings.ts';
import { hasAnswers, type AuditedRow, type AuditHistory, type Candidate, type LoopState } from './state.ts';

/** What a test of a candidate found. */
export interface InterimTestResult {
  rows: number;
  /** The level it was tested at: the chance of a false certificate that it may spend. */
  level: number;
  /** Whether every point that was to be tested is certified. */
  complete: boolean;
  passed: number;
  /** The version with its certificate; absent if no policy that saves is certified. */
  certified?: { version: Version; lossRate: number; figures: MeasuredFigures };
  /** What the first policy that failed did; absent if none failed. */
  failed?: MeasuredFigures;
}

/**
 * The rows of the audits that may certify: drawn by the coin that does not depend on the answer, of requests after the
 * freeze, one of each cluster, with answers in the table.
 */
export function certifyingRows(rows: readonly AuditedRow[], afterMs: number): number[] {
  const seen = new Set<AuditedRow['cluster']>();
  for (const { atMs, cluster } of rows) if (atMs <= afterMs) seen.add(cluster);
  return rows.flatMap(({ row, atMs, certifies, cluster }) => {
    if (!certifies || atMs <= afterMs || seen.has(cluster)) return [];
    seen.add(cluster);
    return row < 0 ? [] : [row];
  });
}

/**
 * Tests a frozen path on later audits, from its strictest policy on (fixed-sequence testing, `certifyPath`), at the level
 * that the epoch's alpha wealth allows.
 * @param later the audits that may certify it, see {@link certifyingRows}.
 */
export function runInterimTest(
  settings: LoopSettings,
  candidate: Candidate,
  version: Version,
  epoch: LoopState['epoch'],
  { table, rows, measure }: AuditHistory,
  later: readonly number[],
): InterimTestResult {
  const { objective } = settings;
  const level = levelOfNextTest(epoch.wealth, 1 - objective.certainty);
  const until = candidate.looks[candidate.taken]?.until ?? version.rule.path.length - 1;
  const binary = isBinary(table.answers.map(({ score }) => later.map((row) => score[row] ?? NaN)));
  // The betting test passes if its capital is high enough at any moment, so in order of time early audits alone could pass it.
  const certify = binary ? later : shuffled(later, createRandom(later.length));
  const promise = { maxLoss: objective.maxQualityLoss, level };
  const known = new Map<number, PolicyResult>();
  const measurePoint = (point: number): PolicyResult => {
    const measured = known.get(point) ?? measure(version, certify, point);
    known.set(point, measured);
    return measured;
  };
  const test = lossTest(binary);
  const { chosen, passed } = certifyPath(until + 1, measurePoint, promise, test);
  const complete = passed === until + 1;
  const failed = complete || later.length === 0 ? {} : { failed: measuredFigures(measurePoint(passed)) };
  const found = { rows: certify.length, level, passed, complete, ...failed };
  if (chosen === undefined) return found;
  const result = measurePoint(chosen);
  const { losses } = result;
  const figures = measuredFigures(result);
  const lossRate = upperUsualRate(losses.filter((loss) => loss > 0).length, losses.length);
  const certificate = certificateFrom(settings, rows, candidate, {
    test,
    rows: certify.length,
    pValue: lossPValue(losses, promise, test),
  });
  const { path, place } = thinPath(version.rule.path, chosen);
  return {
    ...found,
    certified: {
      figures,
      lossRate,
      version: {
        ...version,
        rule: { ...version.rule, path, place, furthest: place },
        certificate,
        evidence: {
          ...version.evidence,
          candidate: candidate.hash,
          certifyRows: certify.length,
          attempt: epoch.wealth.attempts + 1,
          // A certificate lapses when another epoch begins.
          epoch: isoTime(epoch.beganAtMs),
          share: level,
          ...figures,
          lossRate,
          usual: baselinesOf(version, table, certify),
          lastTierScore: mean(certify.map((row) => table.answers.at(-1)?.score[row] ?? NaN)),
        },
      },
    },
  };
}

function certificateFrom(
  { objective, source, scorer }: LoopSettings,
  rows: readonly AuditedRow[],
  candidate: Candidate,
  proven: Pick<Certificate, 'test' | 'rows' | 'pValue'>,
): Certificate {
  const since = rows.filter(({ atMs, certifies }) => certifies && atMs > candidate.frozenAtMs);
  return certificateOf({
    promise: 'loss',
    limit: objective.maxQualityLoss,
    level: 1 - objective.certainty,
    test: proven.test,
    rows: proven.rows,
    pValue: proven.pValue,
    source,
    dates: datesOf(since),
    scorer,
    oneOfEach: since.filter(hasAnswers).length > proven.rows,
  });
}

function datesOf(rows: readonly AuditedRow[]): [string] | [string, string] {
  const days = rows.map(({ atMs }) => isoDay(atMs)).toSorted();
  const [first = '', last = first] = [days[0], days.at(-1)];
  return first === last ? [first] : [first, last];
}
