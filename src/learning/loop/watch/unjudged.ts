import {
  CUSUM_START,
  cusumDrift,
  cusumLimit,
  cusumStep,
  type CusumState,
} from '../../../calibration/drift/drift.ts';
import { defined } from '../../../defined.ts';
import { counted } from '../../../format/counted.ts';
import { exactPercent } from '../../../format/percent.ts';
import { DETECTORS_PER_KIND, watchableRate, type RunLengths } from './alarm.ts';
import type { LoopSettings } from '../settings.ts';
import type { AuditedRow, Lack } from '../audited-row.ts';

/** Whether due audits get verdicts; plain JSON. It is watched in every epoch, whatever is in force. */
export interface UnjudgedWatch {
  cusum: CusumState;
  /** Due audits since there was last no evidence of too many without a verdict, and how many of them had none. */
  audits: number;
  unjudged: number;
  /** Present while too many have none: then nothing is certified, and no certificate holds. */
  since?: UnjudgedSpan;
}

export interface UnjudgedSpan {
  atMs: number;
  /** A sentence without its full stop. */
  why: string;
  /** Due audits since then, counted anew whenever too many of them have no verdict. */
  audits: number;
  unjudged: number;
}

export const UNJUDGED_START: UnjudgedWatch = { cusum: CUSUM_START, audits: 0, unjudged: 0 };

/** Above half of the promised loss, or above this share, due audits without a verdict leave nothing to be certified. */
const MOST_SHARE = 0.05;
/** The detector looks for a rise of the odds of an audit without a verdict by this factor. */
const UNJUDGED_ODDS = 4;
/** So many due audits, of which few enough have no verdict, end it. */
export const RECOVERY_AUDITS = 60;

/** The greatest share of due audits that may be without a verdict, though each of them counts as lost. */
export function mostUnjudged({ maxQualityLoss }: { maxQualityLoss: number }): number {
  return Math.min(MOST_SHARE, maxQualityLoss / 2);
}

/** Whether so many of the due audits of a test have no verdict that it certifies nothing. One alone is bad luck. */
export function isMostlyUnknown(
  unjudged: number,
  rows: number,
  objective: { maxQualityLoss: number },
): boolean {
  return unjudged > Math.max(1, mostUnjudged(objective) * rows);
}

/**
 * Feeds one due audit to the watch.
 * @returns `change`: `began` or `ended` where it is now so that nothing is certified, or no longer so.
 */
export function watchVerdicts(
  watch: UnjudgedWatch,
  isUnjudged: boolean,
  objective: { maxQualityLoss: number },
  { audits: runLength }: Pick<RunLengths, 'audits'>,
): { watch: UnjudgedWatch; change?: 'began' | 'ended' } {
  const { since } = watch;
  const one = isUnjudged ? 1 : 0;
  if (since !== undefined) {
    const [audits, unjudged] = [since.audits + 1, since.unjudged + one];
    if (unjudged > mostUnjudged(objective) * RECOVERY_AUDITS)
      return { watch: { ...watch, since: { ...since, audits: 0, unjudged: 0 } } };
    if (audits < RECOVERY_AUDITS) return { watch: { ...watch, since: { ...since, audits, unjudged } } };
    return { watch: UNJUDGED_START, change: 'ended' };
  }
  const rate = watchableRate(mostUnjudged(objective));
  const cusum = cusumStep(watch.cusum, isUnjudged, {
    rate,
    oddsRatio: UNJUDGED_ODDS,
    limit: cusumLimit(DETECTORS_PER_KIND * runLength, cusumDrift(rate, UNJUDGED_ODDS)),
  });
  const next =
    cusum.rise === 0
      ? { cusum, audits: 0, unjudged: 0 }
      : { cusum, audits: watch.audits + 1, unjudged: watch.unjudged + one };
  return defined({ watch: next, change: cusum.alarm === 'rise' ? ('began' as const) : undefined });
}

/** From now on nothing is certified. */
export function withSpan(watch: UnjudgedWatch, why: string, atMs: number): UnjudgedWatch {
  return { ...watch, since: { atMs, why, audits: 0, unjudged: 0 } };
}

/** What the newest due audits lack that got no verdict, and what to mend; for people. */
export interface UnjudgedWords {
  /** A sentence without its full stop. */
  why: string;
  /** Sentences. */
  mend: string;
}

/** @param rows due audits of which some got no verdict, the newest last. */
export function unjudgedWords(
  rows: readonly AuditedRow[],
  settings: Pick<LoopSettings, 'objective' | 'judge' | 'scorer'>,
): UnjudgedWords {
  const lost = rows.filter(({ lacks }) => lacks !== undefined);
  const counts = Map.groupBy(lost, ({ lacks }) => lacks ?? 'verdict');
  const [most = 'verdict'] = [...counts]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([lack]) => lack);
  const problem = counts.get(most)?.findLast((row) => row.problem !== undefined)?.problem;
  const says = problem === undefined ? '' : ` The newest of them says: ${problem}`;
  const { judge } = settings;
  const from = judge === undefined ? '' : ` from the judge '${judge.model}'`;
  const got: Readonly<Record<Lack, string>> = {
    verdict: `got no verdict${from}`,
    answer: 'were dropped, or a tier gave them no whole answer',
    cost: 'had an answer of unknown cost',
  };
  return {
    why: `${lost.length} of the last ${counted(rows.length, 'due audit')} ${got[most]}, and at most ${exactPercent(mostUnjudged(settings.objective))} may be without a verdict`,
    mend: `${mendOf(most, settings)}${says}`,
  };
}

function mendOf(lack: Lack, { judge, scorer }: Pick<LoopSettings, 'judge' | 'scorer'>): string {
  if (lack === 'cost') return 'Give every model a price, and let its server send the numbers of tokens.';
  if (lack === 'answer')
    return 'Mend the tier that fails in audits, or raise `limits.requestTimeout` or `learning.maxConcurrent` if audits are dropped because they wait.';
  return judge === undefined
    ? `Verdicts come from ${scorer === '' ? 'nobody' : scorer}: every due audit needs one, also late.`
    : `Mend the judge '${judge.model}': its model must answer, with one of its three words.`;
}
