import type { Frontier, FrontierPoint } from '../../learning/tuning/frontier.ts';

export interface PictureOptions {
  /** Characters a line at most, 72 unless told; not under 48. */
  width?: number;
  /** Lines of the plot, 13 unless told. */
  height?: number;
  /** The greatest loss asked for, marked by a line. */
  limit?: number;
  /** What is drawn upwards; `loss` unless told. */
  measures?: Frontier['measures'];
}

const MARKS = { certified: '•', open: '·', chosen: '◆', last: '○', limit: '┄' };
/** `−100.0 % ┤`. */
const LABELS = 10;

/**
 * The frontier for a terminal: relative cost to the right, loss upwards, plain Unicode. What loses far more than is asked
 * for, or than the chosen point does, leaves the picture at the top.
 * @param chosen index of the chosen point; always-last is the one without a price of quality.
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
  // From lax to strict, so that what is certified lies on top.
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
    `${' '.repeat(LABELS)}cost, of always asking the last tier`,
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

/** The loss that a line stands for, where it is named: the ends, 0, and what is asked for. */
function label(
  index: number,
  row: (loss: number) => number,
  lowest: number,
  highest: number,
  limit: number | undefined,
): string {
  // The last one wins where two fall on one line.
  const named = [lowest, highest, 0, ...(limit === undefined ? [] : [limit])];
  const value = named.findLast((loss) => row(loss) === index);
  return value === undefined ? `${' '.repeat(LABELS - 1)}│` : `${percent(value).padStart(LABELS - 2)} ┤`;
}

function axis(column: (cost: number) => number, dearest: number, columns: number): string {
  let line = ' '.repeat(LABELS);
  for (let cost = 0; cost <= dearest + 1e-9; cost += 0.25) {
    const words = percent(cost, 0);
    // Each under its column, and none over the edge.
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
    taken?.priceOfQuality === undefined ? '' : `${MARKS.last} always the last tier`,
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

/** A minus that is zero is none. */
function percent(share: number, digits = 1): string {
  return `${(share * 100)
    .toFixed(digits)
    .replace(/^-(?=[0.]*$)/, '')
    .replace('-', '−')} %`;
}
