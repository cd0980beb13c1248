import {
  CUSUM_START,
  cusumLimit,
  cusumStep,
  E_DETECTOR_START,
  eDetectorStep,
  PAGE_HINKLEY_START,
  pageHinkleyLimit,
  pageHinkleyStep,
  type CusumState,
  type EDetectorState,
  type PageHinkleyState,
} from '../../calibration/drift.ts';
import { logit } from '../../calibration/sigmoid.ts';

/** The detectors of one route, and what they compare with; plain JSON. */
export interface Watch {
  /** What was usual under the version in force: learned from its first requests. */
  usual: { requests: number; confidences: number; mean: number; squares: number; accepted: number };
  confidence: PageHinkleyState;
  accepted: CusumState;
  lossRate: CusumState;
  /** Audits since the loss was last as usual. */
  lossRun: number;
  loss: EDetectorState;
}

export const WATCH_START: Watch = {
  usual: { requests: 0, confidences: 0, mean: 0, squares: 0, accepted: 0 },
  confidence: PAGE_HINKLEY_START,
  accepted: CUSUM_START,
  lossRate: CUSUM_START,
  lossRun: 0,
  loss: E_DETECTOR_START,
};

/** What rang: `confidence` and `accepted` need no labels, `lossRate` and `loss` are of audited losses. */
export type Alarm = { kind: 'confidence' | 'accepted' | 'lossRate' | 'loss'; message: string };

/** Requests from which it is learned what is usual. */
const USUAL_REQUESTS = 500;
/** Proof that the mean loss is beyond the promise: a false one in so many audits, or fewer. */
const ALARM_RATE = 1e-3;
/** Standard errors by which what was learned as usual may be wrong. */
const UNSURE = 2;
/** Shares within these bounds can be watched. */
const LEAST_SHARE = 0.01;
/** By how much the odds of a lost answer must rise to be looked for. */
const LOSS_ODDS = 4;
/** Of the promised loss, where nothing is known of what is usual. */
const UNKNOWN_LOSS_SHARE = 0.5;

/** What the route lets a detector be wrong about: one false alarm in so many events, on average. */
export interface RunLengths {
  requests: number;
  audits: number;
}

/**
 * One request: its confidence in the first tier's answer, where there was one, and whether that answer was served.
 */
export function watchRequest(
  watch: Watch,
  { confidence, accepted }: { confidence?: number; accepted: boolean },
  { requests: runLength }: Pick<RunLengths, 'requests'>,
): { watch: Watch; alarm?: Alarm } {
  const value = confidence === undefined ? undefined : logit(confidence);
  const { usual } = watch;
  if (usual.requests < USUAL_REQUESTS) {
    const confidences = usual.confidences + (value === undefined ? 0 : 1);
    const off = value === undefined ? 0 : value - usual.mean;
    const mean = usual.mean + (confidences === 0 ? 0 : off / confidences);
    const squares = usual.squares + (value === undefined ? 0 : off * (value - mean));
    const learned = {
      requests: usual.requests + 1,
      confidences,
      mean,
      squares,
      accepted: usual.accepted + (accepted ? 1 : 0),
    };
    return { watch: { ...watch, usual: learned } };
  }
  const rate = usual.accepted / usual.requests;
  const acceptedNow = watchShare(watch.accepted, accepted, rate, usual.requests, runLength);
  const spread = Math.sqrt(usual.squares / Math.max(1, usual.confidences - 1));
  const confidenceNow =
    value === undefined || !(spread > 0)
      ? watch.confidence
      : pageHinkleyStep(watch.confidence, (value - usual.mean) / spread, {
          limit: pageHinkleyLimit(runLength),
        });
  const next = { ...watch, accepted: acceptedNow, confidence: confidenceNow };
  if (confidenceNow.alarm !== undefined && confidenceNow !== watch.confidence)
    return {
      watch: next,
      alarm: {
        kind: 'confidence',
        message: `The confidence in the first tier's answers has ${confidenceNow.alarm === 'rise' ? 'risen' : 'fallen'}.`,
      },
    };
  if (acceptedNow.alarm !== undefined)
    return {
      watch: next,
      alarm: {
        kind: 'accepted',
        message: `The share of requests that the first tier answers has ${acceptedNow.alarm === 'rise' ? 'risen' : 'fallen'}; it was ${(100 * rate).toFixed(0)} %.`,
      },
    };
  return { watch: next };
}

/**
 * What is usual was learned of a sample: each side is compared with the farthest share that this sample leaves open, so
 * that its error is no alarm.
 */
function watchShare(
  state: CusumState,
  accepted: boolean,
  rate: number,
  requests: number,
  runLength: number,
): CusumState {
  const error = UNSURE * Math.sqrt(Math.max(rate * (1 - rate), 1 / requests) / requests);
  const side = (share: number): CusumState =>
    cusumStep(state, accepted, {
      rate: Math.min(1 - LEAST_SHARE, Math.max(LEAST_SHARE, share)),
      limit: cusumLimit(runLength),
    });
  const [above, below] = [side(rate + error), side(rate - error)];
  const alarm = above.alarm === 'rise' ? 'rise' : below.alarm === 'fall' ? 'fall' : undefined;
  return { rise: above.rise, fall: below.fall, alarm };
}

/** One certification audit: the loss of the policy in force on it, −1..1. */
export function watchAudit(
  watch: Watch,
  loss: number,
  {
    maxLoss,
    lossRate,
    audits: runLength,
  }: { maxLoss: number; lossRate?: number } & Pick<RunLengths, 'audits'>,
): { watch: Watch; alarm?: Alarm } {
  const rate = Math.max(LEAST_SHARE, lossRate ?? UNKNOWN_LOSS_SHARE * maxLoss);
  const rateNow = cusumStep(watch.lossRate, loss > 0, {
    rate: Math.min(1 - LEAST_SHARE, rate),
    oddsRatio: LOSS_ODDS,
    limit: cusumLimit(runLength),
  });
  const lossNow = eDetectorStep(watch.loss, loss, { maxLoss, alarmRate: ALARM_RATE });
  const next = {
    ...watch,
    lossRate: rateNow,
    loss: lossNow,
    lossRun: rateNow.rise === 0 ? 0 : watch.lossRun + 1,
  };
  if (lossNow.alarm)
    return {
      watch: next,
      alarm: { kind: 'loss', message: `Audits prove that more than ${maxLoss} of the quality is lost.` },
    };
  // That fewer answers are lost than usual is no reason to worry.
  if (rateNow.alarm === 'rise')
    return {
      watch: next,
      alarm: {
        kind: 'lossRate',
        message: `Answers that the last tier would have bettered come more often than when the version was certified (${(100 * rate).toFixed(1)} %), by ${next.lossRun} audits.`,
      },
    };
  return { watch: next };
}
