import {
  CUSUM_START,
  cusumDrift,
  cusumLimit,
  cusumStep,
  E_DETECTOR_START,
  eDetectorStep,
  type CusumOptions,
  type CusumState,
  type EDetectorState,
} from '../../../calibration/drift/drift.ts';
import { counted } from '../../../format/counted.ts';
import { exactPercent, percent } from '../../../format/percent.ts';
import { DETECTORS_PER_KIND, watchableRate, type Alarm, type RunLengths } from './alarm.ts';
import { BAD_ODDS, expectedBadRate, type ConfidentAnswer, type TierBaseline } from './answer-baseline.ts';

/** The detectors on audits of the version in force; plain JSON. */
export interface AuditWatch {
  lossRate: Run;
  /** By tier: whether answers are worse than their confidence says. */
  scores: Readonly<Record<string, Run>>;
  loss: EDetectorState;
}

interface Run {
  cusum: CusumState;
  /** Audits since there was last no evidence of a change. */
  audits: number;
  /** Those of them that were lost, and those that count as lost because they have no verdict. */
  lost: number;
  unjudged: number;
}

const RUN_START: Run = { cusum: CUSUM_START, audits: 0, lost: 0, unjudged: 0 };
export const AUDIT_WATCH_START: AuditWatch = { lossRate: RUN_START, scores: {}, loss: E_DETECTOR_START };

/** One due audit: the loss of the policy in force without gains, 0..1, and the answers of the tiers before the last. */
export interface ObservedAudit {
  /** 1 if it has no verdict. */
  loss: number;
  isUnjudged?: boolean;
  answers: readonly ConfidentAnswer[];
}

/** What is promised, and what the certifying audits showed; absent if unknown. */
export interface AsCertified {
  maxLoss: number;
  /** Greatest usual share of answers that the last tier improves; see `upperUsualRate`. */
  lossRate?: number;
  usual?: Readonly<Record<string, TierBaseline>>;
}

/** How often audits may falsely prove a mean loss above the promise: at most once in a thousand audits, on average. */
const ALARM_RATE = 1e-3;
/** The detector looks for a rise of the odds of a lost answer by this factor. */
const LOSS_ODDS = 4;
/** The share of the promised loss that is taken as usual if nothing is known. */
const UNKNOWN_LOSS_SHARE = 0.5;

/** An alarm, and the audits on which it rests. */
export interface AuditAlarm extends Alarm {
  audits: number;
  /** At least half of the losses among them are audits without a verdict: then it is not known whether anything was lost. */
  isUnjudged: boolean;
}

/**
 * Feeds one audit to the detectors.
 * @returns the detectors after it.
 */
export function watchAudit(
  watch: AuditWatch,
  { loss, isUnjudged = false, answers }: ObservedAudit,
  { maxLoss, lossRate, usual }: AsCertified,
  { audits: runLength }: Pick<RunLengths, 'audits'>,
): { watch: AuditWatch; alarm?: AuditAlarm } {
  const lost = watchableRate(lossRate ?? UNKNOWN_LOSS_SHARE * maxLoss);
  const lossesNow = step(
    watch.lossRate,
    loss > 0,
    {
      rate: lost,
      oddsRatio: LOSS_ODDS,
      limit: cusumLimit(DETECTORS_PER_KIND * runLength, cusumDrift(lost, LOSS_ODDS)),
    },
    isUnjudged,
  );
  const isUnknown = lossesNow.unjudged > 0 && 2 * lossesNow.unjudged >= lossesNow.lost;
  const scores = { ...watch.scores };
  let worse: string | undefined;
  for (const { tier, confidence, score } of answers) {
    const known = usual?.[tier];
    const rate = known === undefined ? undefined : expectedBadRate(confidence, known.badShift);
    if (known === undefined || rate === undefined) continue;
    const now = step(watch.scores[tier] ?? RUN_START, 1 - score, {
      rate,
      oddsRatio: BAD_ODDS,
      limit: cusumLimit(DETECTORS_PER_KIND * answers.length * runLength, known.drift),
    });
    scores[tier] = now;
    if (now.cusum.alarm === 'rise') worse = tier;
  }
  const lossNow = eDetectorStep(watch.loss, loss, { maxLoss, alarmRate: ALARM_RATE });
  const next = { lossRate: lossesNow, scores, loss: lossNow };
  if (lossNow.alarm)
    return {
      watch: next,
      alarm: {
        kind: 'loss',
        message: `Audits prove a quality loss above the promised ${exactPercent(maxLoss)}.`,
        audits: lossesNow.audits,
        isUnjudged: isUnknown,
      },
    };
  // Fewer losses than usual need no alarm.
  if (lossesNow.cusum.alarm === 'rise')
    return {
      watch: next,
      alarm: {
        kind: 'lossRate',
        message: `In the last ${counted(lossesNow.audits, 'audit')} the last tier would have improved more answers than when the version was certified (at most ${percent(lost)} then).`,
        audits: lossesNow.audits,
        isUnjudged: isUnknown,
      },
    };
  if (worse !== undefined) {
    const audits = scores[worse]?.audits ?? 0;
    return {
      watch: next,
      alarm: {
        kind: 'scores',
        message: `In the last ${counted(audits, 'audit')} the answers of tier '${worse}' were worse than their confidence says.`,
        audits,
        isUnjudged: false,
      },
    };
  }
  return { watch: next };
}

function step(run: Run, happened: boolean | number, options: CusumOptions, isUnjudged = false): Run {
  const cusum = cusumStep(run.cusum, happened, options);
  if (cusum.rise === 0) return { ...RUN_START, cusum };
  return {
    cusum,
    audits: run.audits + 1,
    lost: run.lost + (Number(happened) > 0 ? 1 : 0),
    unjudged: run.unjudged + (isUnjudged ? 1 : 0),
  };
}
