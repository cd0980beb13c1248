import { limitWords, type FrontierPicture, type FrontierSpace } from './frontier-space.ts';
import { shiftToClear, boxOfWords, type Box } from './label-position.ts';
import type { Markup } from './markup.ts';
import { unbrokenPercent } from './numbers.ts';
import { svgCircle, svgLine, svgPath, svgText, type Point } from './shapes.ts';

interface Mark {
  name: string;
  cost: number;
  loss: number;
  shape: Markup[];
}

/** Pixels: the width of the longest label in the page's font. */
const LABEL_WIDTH = 160;

/** Pixels: two lines of text. */
const LABEL_HEIGHT = 34;

/**
 * The named points, each with a line to its label.
 * @param taken the boxes that other labels cover.
 */
export function frontierMarks(
  picture: FrontierPicture,
  space: FrontierSpace,
  taken: readonly Box[],
): Markup[] {
  const { x, y, right, top, bottom } = space;
  const { frontier, last } = picture;
  const { limit } = frontier;
  const isLast = frontier.points[frontier.chosen]?.priceOfQuality === undefined;
  // In the order of their heights, so that the lines to the labels do not cross.
  const marks = isLast ? [] : marksOf(picture, space).toSorted((a, b) => b.loss - a.loss);
  const { side, across, first: wanted } = labelPosition(marks, limit, space);
  const lastWords = `always ${last}${isLast ? ', chosen' : ''}`;
  const lastAt: Point = [Math.min(x(1) + 4, right), y(0) - 10];
  const left = side === 'end' ? across - LABEL_WIDTH : across;
  const block = {
    left,
    right: left + LABEL_WIDTH,
    top: wanted - 11,
    bottom: wanted - 14 + marks.length * LABEL_HEIGHT,
  };
  const others = [
    ...taken,
    boxOfWords(lastAt, lastWords, 'end'),
    ...(limit === undefined ? [] : [boxOfWords([right, y(limit) - 6], limitWords(limit), 'end')]),
  ];
  const first = wanted + shiftToClear(block, others, { top: top - 10, bottom });
  return [
    svgCircle('last', [x(1), y(0)], 4),
    svgText('label', lastAt, lastWords, 'end'),
    ...marks.flatMap(({ name, cost, loss }, index) => {
      const height = first + index * LABEL_HEIGHT;
      const end = side === 'start' ? across - 6 : across + 6;
      return [
        svgLine('leader', [x(cost), y(loss)], [end, height + 4]),
        svgText('label strong', [across, height], name, side),
        svgText(
          'label',
          [across, height + 16],
          `${unbrokenPercent(cost)} cost, ${unbrokenPercent(loss)} loss`,
          side,
        ),
      ];
    }),
    ...marks.flatMap(({ shape }) => shape),
  ];
}

/**
 * Where the labels go: to the right above the marks, if there is room, since nothing of interest is dearer and worse than
 * the path; else to the left below them, since no policy is cheaper and better.
 */
function labelPosition(
  marks: readonly Mark[],
  limit: number | undefined,
  { x, y, left, right, top }: FrontierSpace,
): { side: 'start' | 'end'; across: number; first: number } {
  const positions = marks.map(({ cost }) => x(cost));
  const [leftmost, rightmost] = [Math.min(...positions), Math.max(...positions)];
  const roomLeft = leftmost - 30 - LABEL_WIDTH > left;
  if (rightmost + 56 + LABEL_WIDTH > right && roomLeft)
    return { side: 'end', across: leftmost - 30, first: y(0) - marks.length * LABEL_HEIGHT + 10 };
  // Above the line of the allowed loss and its label.
  const floor = Math.min(...marks.map(({ loss }) => y(loss) - 20), limit === undefined ? Infinity : y(limit));
  return {
    side: 'start',
    across: Math.min(rightmost + 56, right - LABEL_WIDTH),
    first: Math.max(top, floor - 34 - marks.length * LABEL_HEIGHT) + 12,
  };
}

/** The chosen policy on the rows that measured its path, and on the test rows; one mark if both are the same rows. */
function marksOf({ frontier, result }: FrontierPicture, { x, y }: FrontierSpace): Mark[] {
  const chosen = frontier.points[frontier.chosen];
  const { relativeCost: cost, loss } = result;
  const cross =
    loss === undefined
      ? []
      : [
          svgPath('test', [
            [x(cost.lower), y(loss.value)],
            [x(cost.upper), y(loss.value)],
          ]),
          svgPath('test', [
            [x(cost.value), y(loss.lower)],
            [x(cost.value), y(loss.upper)],
          ]),
        ];
  const tested =
    loss === undefined
      ? []
      : [{ name: 'on the test questions', cost: cost.value, loss: loss.value, shape: cross }];
  if (chosen === undefined) return tested;
  const circled = svgCircle('chosen', [x(chosen.relativeCost), y(chosen.loss.value)], 6);
  const at = { cost: chosen.relativeCost, loss: chosen.loss.value };
  if (frontier.on === 'test') return [{ name: 'this version', ...at, shape: [...cross, circled] }];
  return [...tested, { name: 'chosen', ...at, shape: [circled] }];
}
