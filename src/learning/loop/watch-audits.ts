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
} from '../../calibration/drift/drift.ts';
import { DETECTORS_PER_KIND, watchableRate, type Alarm, type RunLengths } from './alarm.ts';
import { BAD_ODDS, expectedBadRate, type ConfidentAnswer, type TierBaseline } from './answer-baseline.ts';

/** The detectors of what audits of the version in force show; plain JSON. */
export interface AuditWatch {
  lossRate: Run;
  /** By tier: of answers that are worse than the confidence in them says. */
  scores: Readonly<Record<string, Run>>;
  loss: EDetectorState;
}

interface Run {
  cusum: CusumState;
  /** Audits since all was last as usual. */
  audits: number;
}

const RUN_START: Run = { cusum: CUSUM_START, audits: 0 };
export const AUDIT_WATCH_START: AuditWatch = { lossRate: RUN_START, scores: {}, loss: E_DETECTOR_START };

/** One certification audit: the loss of the policy in force on it, −1..1, and the answers of the tiers before the last. */
export interface ObservedAudit {
  loss: number;
  answers: readonly ConfidentAnswer[];
}

/** What is promised, and what was found when the version was certified; absent where unknown. */
export interface AsCertified {
  maxLoss: number;
  /** Share of answers that the last tier would have bettered, at most; see `usualShare`. */
  lossRate?: number;
  usual?: Readonly<Record<string, TierBaseline>>;
}

/** Proof that the mean loss is beyond the promise: a false one in so many audits, or fewer. */
const ALARM_RATE = 1e-3;
/** By how much the odds of a lost answer must rise to be looked for. */
const LOSS_ODDS = 4;
/** Of the promised loss, where nothing is known of what is usual. */
const UNKNOWN_LOSS_SHARE = 0.5;

/**
 * @returns with an alarm, how many audits show what it tells of.
 */
export function watchAudit(
  watch: AuditWatch,
  { loss, answers }: ObservedAudit,
  { maxLoss, lossRate, usual }: AsCertified,
  { audits: runLength }: Pick<RunLengths, 'audits'>,
): { watch: AuditWatch; alarm?: Alarm & { audits: number } } {
  const lost = watchableRate(lossRate ?? UNKNOWN_LOSS_SHARE * maxLoss);
  const lossesNow = step(watch.lossRate, loss > 0, {
    rate: lost,
    oddsRatio: LOSS_ODDS,
    limit: cusumLimit(DETECTORS_PER_KIND * runLength, cusumDrift(lost, LOSS_ODDS)),
  });
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
        message: `Audits prove that more than ${maxLoss} of the quality is lost.`,
        audits: lossesNow.audits,
      },
    };
  // That fewer answers are lost than usual is no reason to worry.
  if (lossesNow.cusum.alarm === 'rise')
    return {
      watch: next,
      alarm: {
        kind: 'lossRate',
        message: `Answers that the last tier would have bettered come more often than when the version was certified (${(100 * lost).toFixed(1)} % at most), by ${lossesNow.audits} audits.`,
        audits: lossesNow.audits,
      },
    };
  if (worse !== undefined) {
    const audits = scores[worse]?.audits ?? 0;
    return {
      watch: next,
      alarm: {
        kind: 'scores',
        message: `The answers of tier '${worse}' are worse than the confidence in them says, by ${audits} audits.`,
        audits,
      },
    };
  }
  return { watch: next };
}

function step(run: Run, happened: boolean | number, options: CusumOptions): Run {
  const cusum = cusumStep(run.cusum, happened, options);
  return { cusum, audits: cusum.rise === 0 ? 0 : run.audits + 1 };
}
