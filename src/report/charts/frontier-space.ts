import type { Estimate } from '../../calibration/tests/interval.ts';
import type { Frontier } from '../../learning/tuning/frontier.ts';
import { shortPercent } from './numbers.ts';
import type { Scale } from './scale.ts';

/** What a picture of the frontier shows, and its size in pixels. */
export interface FrontierPicture {
  id: string;
  width: number;
  height: number;
  frontier: Frontier;
  last: string;
  /** What the chosen policy did on the test rows; `loss` where it was measured. */
  result: { relativeCost: Estimate; loss?: Estimate };
}

/** Places in the picture: of cost, of loss, and of the edges. */
export interface FrontierSpace {
  x: Scale;
  y: Scale;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** What the line of the allowed loss is labelled with. */
export const limitWords = (limit: number): string => `asked for: at most ${shortPercent(limit)}`;
