import {
  CUSUM_START,
  cusumDrift,
  cusumLimit,
  cusumStep,
  PAGE_HINKLEY_START,
  pageHinkleyLimit,
  pageHinkleyStep,
  type CusumState,
  type PageHinkleyState,
} from '../../../calibration/drift/drift.ts';
import { logit } from '../../../calibration/fit/sigmoid.ts';
import { percent } from '../../../format/percent.ts';
import { LEAST_RATE, DETECTORS_PER_KIND, type Alarm, type RunLengths } from './alarm.ts';
import { AUDIT_WATCH_START, type AuditWatch } from './watch-audits.ts';

/** The drift detectors of one route, and what they compare with; plain JSON. */
export interface DriftWatch {
  /** What is usual under the version in force, learned from its first requests. */
  usual: { requests: number; confidences: number; mean: number; squares: number; accepted: number };
  confidence: PageHinkleyState;
  accepted: CusumState;
  audits: AuditWatch;
}

export const DRIFT_WATCH_START: DriftWatch = {
  usual: { requests: 0, confidences: 0, mean: 0, squares: 0, accepted: 0 },
  confidence: PAGE_HINKLEY_START,
  accepted: CUSUM_START,
  audits: AUDIT_WATCH_START,
};

/** With fewer confidences than this, what is usual is not known. */
const LEAST_CONFIDENCES = 100;
/** Standard errors by which the learned share may be wrong. */
const UNSURE = 2;
/** The detector looks for a change of the odds that the first tier serves by this factor. */
const ACCEPTED_ODDS = 2;

/**
 * Feeds one request to the detectors: its confidence in the first tier's answer, if any, and whether that was served.
 * @param usualRequests from how many requests the detectors learn what is usual.
 */
export function watchRequest(
  watch: DriftWatch,
  { confidence, accepted }: { confidence?: number; accepted: boolean },
  { requests: runLength }: Pick<RunLengths, 'requests'>,
  usualRequests: number,
): { watch: DriftWatch; alarm?: Alarm } {
  const value = confidence === undefined ? undefined : logit(confidence);
  const { usual } = watch;
  if (usual.requests < usualRequests) {
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
    value === undefined || !(spread > 0) || usual.confidences < LEAST_CONFIDENCES
      ? watch.confidence
      : pageHinkleyStep(watch.confidence, (value - usual.mean) / spread, {
          limit: pageHinkleyLimit(DETECTORS_PER_KIND * runLength),
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
        message: `The share of requests that the first tier answers has ${acceptedNow.alarm === 'rise' ? 'risen' : 'fallen'}; it was ${percent(rate, 0)}.`,
      },
    };
  return { watch: next };
}

/**
 * The usual share was learned from a sample, so each side is compared with the farthest share that the sample plausibly
 * allows: its sampling error raises no alarm.
 */
function watchShare(
  state: CusumState,
  accepted: boolean,
  rate: number,
  requests: number,
  runLength: number,
): CusumState {
  const error = UNSURE * Math.sqrt(Math.max(rate * (1 - rate), 1 / requests) / requests);
  const side = (at: number, ratio: number): CusumState =>
    // A share near 0 or 1 leaves no room for a change on that side.
    at < LEAST_RATE || at > 1 - LEAST_RATE
      ? CUSUM_START
      : cusumStep(state, accepted, {
          rate: at,
          oddsRatio: ACCEPTED_ODDS,
          limit: cusumLimit(2 * DETECTORS_PER_KIND * runLength, cusumDrift(at, ratio)),
        });
  const above = side(Math.max(LEAST_RATE, rate + error), ACCEPTED_ODDS);
  const below = side(Math.min(1 - LEAST_RATE, rate - error), 1 / ACCEPTED_ODDS);
  const alarm = above.alarm === 'rise' ? 'rise' : below.alarm === 'fall' ? 'fall' : undefined;
  return { rise: above.rise, fall: below.fall, alarm };
}
