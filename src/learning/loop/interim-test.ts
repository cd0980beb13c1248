import { createHash } from 'node:crypto';
import { createRandom, shuffled } from '../../calibration/fit/random.ts';
import { isoDay } from '../../format/time.ts';
import type { Certificate, Version } from '../../routing/version.ts';
import { thinPath } from '../fitting/path-position.ts';
import { mean, type PolicyResult } from '../table/measure-rows.ts';
import { measuredFigures, type MeasuredFigures } from '../table/measured-figures.ts';
import { certifyPath, isBinary, lossPValue, lossTest } from '../tuning/certify-path.ts';
import { certificateOf } from '../versions/certificate-of.ts';
import { upperUsualRate } from './watch/alarm.ts';
import { levelOfNextTest } from './alpha-wealth.ts';
import { baselinesOf } from './watch/answer-baseline.ts';
import { isMostlyUnknown } from './watch/unjudged.ts';
import { LOST, measureWorst } from './measure-version.ts';
import type { LoopSettings } from './settings.ts';
import { epochName } from './steps.ts';
import { hasAnswers, type AuditedRow } from './audited-row.ts';
import type { AuditHistory, Candidate, LoopState } from './state.ts';

/** What a test of a candidate found. */
export interface InterimTestResult {
  rows: number;
  /** Those of them without a verdict, which count as lost; with too many of them nothing is certified. */
  unjudged: number;
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
 * The audits that may certify: of the first conversations (clusters) with a due audit after the freeze one audit each, whether
 * it has a verdict or not. Which one is drawn blindly, since a conversation's first request may be easier than those after it.
 * Too old ones are left out, whose answers are no longer held.
 * @param after number of the last audit before the freeze. @param most conversations; audits count up to the first of the last one.
 */
export function certifyingRows(rows: readonly AuditedRow[], after: number, most = Infinity): AuditedRow[] {
  const seen = new Set<AuditedRow['cluster']>();
  const due = new Map<AuditedRow['cluster'], Conversation>();
  for (const row of rows) {
    if (due.size >= most) break;
    const { number, certifies, cluster } = row;
    if (number <= after) seen.add(cluster);
    if (!certifies || seen.has(cluster)) continue;
    const earlier = due.get(cluster);
    const isHeld = row.lacks !== undefined || hasAnswers(row);
    if (!isHeld && earlier === undefined) seen.add(cluster);
    if (!isHeld) continue;
    if (earlier === undefined) due.set(cluster, [row]);
    else earlier.push(row);
  }
  return [...due.values()].map(drawOne).toSorted((a, b) => a.number - b.number);
}

/** Its due audits. */
type Conversation = [AuditedRow, ...AuditedRow[]];

const DRAW_BYTES = 6;

/** By a hash of the cluster, which clients cannot foretell: its key is a secret of the store. */
function drawOne(audits: Conversation): AuditedRow {
  const [first] = audits;
  if (audits.length === 1) return first;
  const digest = createHash('sha256').update(`counts ${first.cluster}`).digest();
  const share = digest.readUIntBE(0, DRAW_BYTES) / 2 ** (8 * DRAW_BYTES);
  return audits[Math.floor(share * audits.length)] ?? first;
}

/** Its row of the table, or `LOST`. */
export const rowOrLost = ({ row, lacks }: AuditedRow): number => (lacks === undefined ? row : LOST);

/**
 * Tests a frozen path on later audits, from its strictest policy on (fixed-sequence testing, `certifyPath`), at the level
 * that the epoch's alpha wealth allows.
 * @param due the audits that are to certify it, see {@link certifyingRows}.
 */
export function runInterimTest(
  settings: LoopSettings,
  candidate: Candidate,
  version: Version,
  epoch: LoopState['epoch'],
  { table, rows, measure }: AuditHistory,
  due: readonly AuditedRow[],
): InterimTestResult {
  const { objective } = settings;
  const level = levelOfNextTest(epoch.wealth, 1 - objective.certainty);
  const until = candidate.looks[candidate.taken]?.until ?? version.rule.path.length - 1;
  const later = due.map(rowOrLost);
  const judged = later.filter((row) => row !== LOST);
  const unjudged = later.length - judged.length;
  if (isMostlyUnknown(unjudged, later.length, objective))
    return { rows: later.length, unjudged, level, passed: 0, complete: false };
  const binary = isBinary(table.answers.map(({ score }) => judged.map((row) => score[row] ?? NaN)));
  // The betting test passes if its capital is high enough at any moment, so in order of time early audits alone could pass it.
  const certify = binary ? later : shuffled(later, createRandom(later.length));
  const promise = { maxLoss: objective.maxQualityLoss, level };
  const known = new Map<number, PolicyResult>();
  const measurePoint = (point: number): PolicyResult => {
    const measured = known.get(point) ?? measureWorst(measure, version, certify, point);
    known.set(point, measured);
    return measured;
  };
  const test = lossTest(binary);
  const { chosen, passed } = certifyPath(until + 1, measurePoint, promise, test);
  const complete = passed === until + 1;
  const failed = complete || later.length === 0 ? {} : { failed: measuredFigures(measurePoint(passed)) };
  const found = { rows: certify.length, unjudged, level, passed, complete, ...failed };
  if (chosen === undefined) return found;
  const result = measurePoint(chosen);
  const { losses } = result;
  const figures = measuredFigures(result);
  const lossRate = upperUsualRate(losses.filter((loss) => loss > 0).length, losses.length);
  const certificate = certificateFrom(settings, rows, due, {
    test,
    rows: certify.length,
    unjudged,
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
          ...(unjudged === 0 ? {} : { unjudgedRows: unjudged }),
          attempt: epoch.wealth.attempts + 1,
          // A certificate lapses when another epoch begins.
          epoch: epochName(epoch),
          share: level,
          ...figures,
          lossRate,
          usual: baselinesOf(version, table, judged),
          lastTierScore: mean(judged.map((row) => table.answers.at(-1)?.score[row] ?? NaN)),
        },
      },
    },
  };
}

function certificateFrom(
  { objective, source, scorer }: LoopSettings,
  rows: readonly AuditedRow[],
  due: readonly AuditedRow[],
  proven: Pick<Certificate, 'test' | 'rows' | 'pValue'> & { unjudged: number },
): Certificate {
  const [from = 0, to = 0] = [due[0]?.number, due.at(-1)?.number];
  const between = rows.filter(({ number, certifies }) => certifies && number >= from && number <= to);
  return certificateOf({
    promise: 'loss',
    limit: objective.maxQualityLoss,
    level: 1 - objective.certainty,
    test: proven.test,
    rows: proven.rows,
    pValue: proven.pValue,
    source,
    dates: datesOf(due),
    scorer,
    oneOfEach: between.length > proven.rows,
    unjudged: proven.unjudged,
  });
}

function datesOf(rows: readonly AuditedRow[]): [string] | [string, string] {
  const days = rows.map(({ atMs }) => isoDay(atMs)).toSorted();
  const [first = '', last = first] = [days[0], days.at(-1)];
  return first === last ? [first] : [first, last];
}
