/** The state of the detector; plain JSON. Start from `E_DETECTOR_START`, and again after an alarm. */
export interface EDetectorState {
  /** The evidence of a change, summed over all moments at which it may have happened; ≥ 0. */
  readonly evidence: number;
  readonly alarm: boolean;
}

export const E_DETECTOR_START: EDetectorState = { evidence: 0, alarm: false };

export interface EDetectorOptions {
  /** r, within (−1, 1): the greatest mean loss that was promised. */
  readonly maxLoss: number;
  /** a, at most .001: an alarm is raised at evidence 1/a, so false alarms are at least 1/a audits apart on average. */
  readonly alarmRate: number;
  /** λ, within (0, 1/(1 + r)): how much is staked on each loss. ½/(1 + r) by default. */
  readonly bet?: number;
}

/**
 * One step of a Shiryaev–Roberts e-detector on audited losses, M ← (M + 1)(1 + λ(loss − r)), each loss within
 * −1..1 (Shin, Ramdas & Rinaldo 2022, arXiv 2203.03532). While the mean loss, given the past, is at most r, M
 * less the number of losses is a supermartingale: whatever the losses' distribution, the mean time to a false
 * alarm is at least 1/a. Throws RangeError on a loss or an option outside its range.
 */
export function eDetectorStep(
  state: EDetectorState,
  loss: number,
  { maxLoss, alarmRate, bet = 0.5 / (1 + maxLoss) }: EDetectorOptions,
): EDetectorState {
  if (!(loss >= -1 && loss <= 1)) throw new RangeError(`a loss of ${loss} is not within −1..1`);
  if (!(maxLoss > -1 && maxLoss < 1)) throw new RangeError(`a loss of ${maxLoss} is not within (−1, 1)`);
  if (!(alarmRate > 0 && alarmRate <= 1e-3))
    throw new RangeError(`an alarm rate of ${alarmRate} is not within (0, .001]`);
  if (!(bet > 0 && bet * (1 + maxLoss) < 1))
    throw new RangeError(`a bet of ${bet} is not within (0, 1/(1 + r))`);
  const evidence = Math.min(Number.MAX_VALUE, (state.evidence + 1) * (1 + bet * (loss - maxLoss)));
  return { evidence, alarm: evidence >= 1 / alarmRate };
}
