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
  /** The chosen policy's result on the test rows; `loss` if it is known. */
  result: { relativeCost: Estimate; loss?: Estimate };
}

/** Positions in the picture, in pixels: the scales of cost and loss, and the edges of the plot. */
export interface FrontierSpace {
  x: Scale;
  y: Scale;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** The label of the line of the allowed loss. */
export const limitWords = (limit: number): string => `asked for: at most ${shortPercent(limit)}`;
