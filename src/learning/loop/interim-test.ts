import { createRandom, shuffled } from '../../calibration/fit/random.ts';
import type { Version } from '../../routing/version.ts';
import { certificateOf } from '../versions/certificate-of.ts';
import { certifyPath, isBinary, lossTest, lossPValue } from '../tuning/certify-path.ts';
import { mean, type PolicyResult } from '../table/measure-rows.ts';
import { measuredFigures, type MeasuredFigures } from '../table/measured-figures.ts';
import { thinPath } from '../fitting/path-position.ts';
import { upperUsualRate } from './alarm.ts';
import { baselinesOf } from './answer-baseline.ts';
import type { AuditHistory } from './freeze.ts';
import type { LoopSettings } from './settings.ts';
import { hasAnswers, type AuditedRow, type Candidate, type LoopState } from './state.ts';
import { levelOfNextTest } from './alpha-wealth.ts';

/** What a test of a candidate found. */
export interface InterimTestResult {
  rows: number;
  /** The level it was tested at: the chance of a false certificate that it may use up. */
  level: number;
  /** Every point that was to be tested is certified. */
  complete: boolean;
  passed: number;
  /** With its certificate; absent where no policy that saves holds the promise. */
  certified?: { version: Version; lossRate: number; figures: MeasuredFigures };
  /** What the first policy that failed did; absent where none did. */
  failed?: MeasuredFigures;
}

/**
 * The audits that may certify: by the coin that knows nothing, of requests after the freeze, one of each cluster; as many
 * as are held of them.
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
 * Tests a frozen path on audits that came after it, from its strictest policy on (fixed-sequence testing, `certifyPath`),
 * at the level that the epoch's attempts before it have left (`Wealth`).
 * @param later the audits that may certify it, see {@link certifyingRows}.
 */
export function runInterimTest(
  settings: LoopSettings,
  candidate: Candidate,
  version: Version,
  { beganAtMs, wealth }: LoopState['epoch'],
  { table, rows, measure }: AuditHistory,
  later: readonly number[],
): InterimTestResult {
  const { objective, scorer, source } = settings;
  const level = 1 - objective.certainty;
  const share = levelOfNextTest(wealth, level);
  const until = candidate.looks[candidate.taken]?.until ?? version.rule.path.length - 1;
  const binary = isBinary(table.answers.map(({ score }) => later.map((row) => score[row] ?? NaN)));
  // The betting test is won by whoever is ahead at any moment: in the order of time it would forget what came after.
  const certify = binary ? later : shuffled(later, createRandom(later.length));
  const promise = { maxLoss: objective.maxQualityLoss, level: share };
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
  const found = { rows: certify.length, level: share, passed, complete, ...failed };
  if (chosen === undefined) return found;
  const { losses } = measurePoint(chosen);
  const figures = measuredFigures(measurePoint(chosen));
  const lossRate = upperUsualRate(losses.filter((loss) => loss > 0).length, losses.length);
  const since = rows.filter(({ atMs, certifies }) => certifies && atMs > candidate.frozenAtMs);
  const certificate = certificateOf({
    promise: 'loss',
    limit: objective.maxQualityLoss,
    level,
    test,
    rows: certify.length,
    pValue: lossPValue(losses, promise, test),
    source,
    dates: datesOf(since),
    scorer,
    oneOfEach: since.filter(hasAnswers).length > later.length,
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
          attempt: wealth.attempts + 1,
          // When it changes, what is certified has lapsed.
          epoch: new Date(beganAtMs).toISOString(),
          share,
          ...figures,
          lossRate,
          usual: baselinesOf(version, table, certify),
          lastTierScore: mean(certify.map((row) => table.answers.at(-1)?.score[row] ?? NaN)),
        },
      },
    },
  };
}

function datesOf(rows: readonly AuditedRow[]): [string] | [string, string] {
  const days = rows.map(({ atMs }) => new Date(atMs).toISOString().slice(0, 10)).toSorted();
  const [first = '', last = first] = [days[0], days.at(-1)];
  return first === last ? [first] : [first, last];
}
