import { percent } from '../../format/percent.ts';
import type { Frontier, FrontierPoint } from '../../learning/tuning/frontier.ts';

export interface PictureOptions {
  /** Maximum characters per line, at least 48; 72 by default. */
  width?: number;
  /** Lines of the plot; 13 by default. */
  height?: number;
  /** The largest loss allowed, marked by a line. */
  limit?: number;
  /** What the vertical axis shows; `loss` by default. */
  measures?: Frontier['measures'];
}

const MARKS = { certified: '•', open: '·', chosen: '◆', last: '○', limit: '┄' };
/** `−100.0 % ┤`. */
const LABELS = 10;

/**
 * Draws the frontier for a terminal, in plain Unicode: relative cost to the right, loss upwards. Points that lose far more
 * than the limit, or than the chosen point, are cut off at the top.
 * @param chosen index of the chosen point. The point without a price of quality is the policy that always asks the last tier.
 */
export function frontierPicture(
  points: readonly FrontierPoint[],
  chosen: number,
  { width = 72, height = 13, limit, measures = 'loss' }: PictureOptions = {},
): string[] {
  const room = Math.max(48, width);
  const columns = room - LABELS;
  const { lowest, highest, dearest } = bounds(points, chosen, limit);
  const column = (cost: number): number => Math.round((cost / dearest) * (columns - 1));
  const row = (loss: number): number => Math.round(((highest - loss) / (highest - lowest)) * (height - 1));
  const cells = Array.from({ length: height }, () => Array.from({ length: columns }, () => ' '));
  const put = (at: number, across: number, mark: string): void => {
    const line = cells[at];
    if (line !== undefined && across >= 0 && across < columns) line[across] = mark;
  };
  if (limit !== undefined)
    for (let across = 0; across < columns; across++) put(row(limit), across, MARKS.limit);
  const path = points.filter(({ priceOfQuality }) => priceOfQuality !== undefined);
  // Drawn from lax to strict, so that certified points end up on top.
  for (let index = path.length - 1; index >= 0; index--) {
    const [point, before] = [path[index], path[Math.max(0, index - 1)]];
    if (point === undefined || before === undefined) continue;
    const mark = point.certified ? MARKS.certified : MARKS.open;
    const [from, to] = [column(before.relativeCost), column(point.relativeCost)];
    const [top, bottom] = [row(before.loss.value), row(point.loss.value)];
    const steps = Math.max(Math.abs(to - from), Math.abs(bottom - top), 1);
    for (let step = 0; step <= steps; step++) {
      const share = step / steps;
      put(Math.round(top + share * (bottom - top)), Math.round(from + share * (to - from)), mark);
    }
  }
  put(row(0), column(1), MARKS.last);
  const taken = points[chosen];
  if (taken !== undefined) put(row(taken.loss.value), column(taken.relativeCost), MARKS.chosen);
  return [
    measures === 'loss' ? 'loss' : 'share of wrong answers among those accepted',
    ...cells.map((line, index) => `${label(index, row, lowest, highest, limit)}${line.join('')}`.trimEnd()),
    `${' '.repeat(LABELS - 1)}└${'─'.repeat(columns)}`,
    axis(column, dearest, columns),
    `${' '.repeat(LABELS)}cost relative to always asking the last tier`,
    ...legend(points, taken, { measures, ...(limit === undefined ? {} : { limit }) }, room),
  ];
}

function bounds(
  points: readonly FrontierPoint[],
  chosen: number,
  limit: number | undefined,
): { lowest: number; highest: number; dearest: number } {
  const losses = points.map(({ loss }) => loss.value).filter(Number.isFinite);
  const held = Math.max(limit ?? 0, points[chosen]?.loss.value ?? 0);
  const most = Math.max(0.005, ...losses);
  const highest = limit === undefined ? most : Math.min(most, held * 3);
  const seen = points.filter(({ loss }) => loss.value <= highest);
  return {
    lowest: Math.min(0, ...seen.map(({ loss }) => loss.value)),
    highest: Math.max(highest, (limit ?? 0) * 1.2),
    dearest: Math.max(1, ...seen.map(({ relativeCost }) => relativeCost)),
  };
}

/** The label of a line of the plot: both ends, 0 and the limit are labelled with their loss. */
function label(
  index: number,
  row: (loss: number) => number,
  lowest: number,
  highest: number,
  limit: number | undefined,
): string {
  // If two fall on one line, the last one wins.
  const named = [lowest, highest, 0, ...(limit === undefined ? [] : [limit])];
  const value = named.findLast((loss) => row(loss) === index);
  return value === undefined ? `${' '.repeat(LABELS - 1)}│` : `${percent(value).padStart(LABELS - 2)} ┤`;
}

function axis(column: (cost: number) => number, dearest: number, columns: number): string {
  let line = ' '.repeat(LABELS);
  for (let cost = 0; cost <= dearest + 1e-9; cost += 0.25) {
    const words = percent(cost, 0);
    // Each label stands under its column and ends before the right edge.
    const start = LABELS + Math.min(column(cost), columns - words.length);
    if (start >= line.trimEnd().length + 1) line = `${line.trimEnd().padEnd(start)}${words}`;
  }
  return line;
}

function legend(
  points: readonly FrontierPoint[],
  taken: FrontierPoint | undefined,
  { limit, measures = 'loss' }: Pick<PictureOptions, 'limit' | 'measures'>,
  room: number,
): string[] {
  const path = points.filter(({ priceOfQuality }) => priceOfQuality !== undefined);
  const what = [
    path.some(({ certified }) => certified) ? `${MARKS.certified} certified` : '',
    path.some(({ certified }) => !certified) ? `${MARKS.open} not certified` : '',
    taken?.priceOfQuality === undefined ? '' : `${MARKS.last} always asking the last tier`,
    limit === undefined ? '' : `${MARKS.limit} at most ${percent(limit)}`,
  ].filter((words) => words !== '');
  const lines: string[] = [];
  if (taken !== undefined)
    lines.push(
      `${MARKS.chosen} chosen: ${percent(taken.relativeCost)} of the cost, ${measures} ${percent(taken.loss.value)}`,
      '',
    );
  for (const words of what) {
    const last = lines.pop() ?? '';
    const longer = last === '' ? words : `${last}   ${words}`;
    if (longer.length <= room) lines.push(longer);
    else lines.push(last, words);
  }
  return lines.filter((line) => line !== '');
}
