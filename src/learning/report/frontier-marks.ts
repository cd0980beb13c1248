import type { FrontierPicture, FrontierSpace } from './frontier-chart.ts';
import type { Markup } from './markup.ts';
import { percent } from './numbers.ts';
import { circle, line, path, text } from './shapes.ts';

interface Mark {
  name: string;
  cost: number;
  loss: number;
  shape: Markup[];
}

/** As wide as the longest label is in the page's letters. */
const LABEL_WIDTH = 160;

/** Two lines of words. */
const LABEL_HEIGHT = 40;

/** The named points. Where cost is high there is little loss, so their labels have the upper right for themselves. */
export function frontierMarks(picture: FrontierPicture, space: FrontierSpace): Markup[] {
  const { x, y, right, top } = space;
  const { frontier, last } = picture;
  const isLast = frontier.points[frontier.chosen]?.priceOfQuality === undefined;
  // In the order of their heights, so that the lines to their labels do not cross.
  const marks = isLast ? [] : marksOf(picture, space).toSorted((a, b) => b.loss - a.loss);
  // Just above the line of the loss asked for and its words, where there is room.
  const above = frontier.limit === undefined ? top : y(frontier.limit) - 34 - marks.length * LABEL_HEIGHT;
  const first = Math.max(top, above) + 12;
  const left = Math.min(Math.max(0, ...marks.map(({ cost }) => x(cost))) + 56, right - LABEL_WIDTH);
  return [
    circle('last', [x(1), y(0)], 4),
    text('label', [Math.min(x(1) + 4, right), y(0) - 10], `always ${last}${isLast ? ', chosen' : ''}`, 'end'),
    ...marks.flatMap(({ name, cost, loss }, place) => {
      const height = first + place * LABEL_HEIGHT;
      return [
        line('leader', [x(cost), y(loss)], [left - 6, height + 4]),
        text('label strong', [left, height], name),
        text('label', [left, height + 16], `${percent(cost)} cost, ${percent(loss)} loss`),
      ];
    }),
    ...marks.flatMap(({ shape }) => shape),
  ];
}

function marksOf({ frontier, result }: FrontierPicture, { x, y }: FrontierSpace): Mark[] {
  const chosen = frontier.points[frontier.chosen];
  const { relativeCost: cost, loss } = result;
  const marks: Mark[] = [];
  if (loss !== undefined) {
    const [across, up] = [x(cost.value), y(loss.value)];
    marks.push({
      name: 'on the test questions',
      cost: cost.value,
      loss: loss.value,
      shape: [
        path('test', [
          [x(cost.lower), up],
          [x(cost.upper), up],
        ]),
        path('test', [
          [across, y(loss.lower)],
          [across, y(loss.upper)],
        ]),
      ],
    });
  }
  if (chosen !== undefined) {
    const place = [x(chosen.relativeCost), y(chosen.loss.value)] as const;
    marks.push({
      name: 'chosen',
      cost: chosen.relativeCost,
      loss: chosen.loss.value,
      shape: [circle('chosen', place, 6)],
    });
  }
  return marks;
}
