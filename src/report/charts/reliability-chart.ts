import type { ReliabilityPoint } from '../../calibration/metrics/metrics.ts';
import type { ConfidencePanel } from '../report-data.ts';
import { svgPicture } from './figure.ts';
import { html, type Markup } from './markup.ts';
import { wholeNumber, shortPercent } from './numbers.ts';
import { linearScale, type Scale } from './scale.ts';
import { svgBox, svgCircle, svgLine, svgText } from './shapes.ts';

const SIZE = { width: 330, height: 462 };
const PLOT = { left: 44, right: 318, top: 26, bottom: 296 };
/** The histogram is below the diagram, on the same axis. */
const BARS = { top: 344, bottom: 444 };

/** Whether the mean confidence lies within the interval of the share that was right. */
export function isAsSaid({ lower, predicted, upper }: ReliabilityPoint): boolean {
  return lower <= predicted && predicted <= upper;
}

/** How often answers of each confidence were right, with intervals; below, how many answers have each confidence. */
export function reliabilityChart(id: string, panel: ConfidencePanel): Markup {
  const x = linearScale([0, 1], [PLOT.left, PLOT.right]);
  const y = linearScale([0, 1], [PLOT.bottom, PLOT.top]);
  const title = `Confidence of ${panel.tier} against how often it is right`;
  return svgPicture({ id, title, description: describe(panel) }, SIZE, [
    axes(x, y),
    svgLine('ideal', [x(0), y(0)], [x(1), y(1)]),
    svgText('label quiet', [PLOT.left + 8, PLOT.top + 16], 'right more often than it says'),
    svgText('label quiet', [PLOT.right - 4, PLOT.bottom - 10], 'right less often', 'end'),
    panel.reliability.map((point) => {
      const across = x(point.predicted);
      const interval = svgLine('', [across, y(point.lower)], [across, y(point.upper)]);
      const dot = svgCircle('', [across, y(point.observed)], 4);
      return html`<g class="${isAsSaid(point) ? 'as-said' : 'not-as-said'}">${interval}${dot}</g>`;
    }),
    histogram(panel.histogram, x),
  ]);
}

function axes(x: Scale, y: Scale): Markup[] {
  const steps = [0, 0.25, 0.5, 0.75, 1];
  return [
    svgText('axis-name', [0, 12], 'right'),
    ...steps.flatMap((value) => [
      svgLine('grid', [x(0), y(value)], [x(1), y(value)]),
      svgText('tick', [x(0) - 6, y(value) + 4], shortPercent(value), 'end'),
      svgText('tick', [x(value), y(0) + 17], shortPercent(value), value === 1 ? 'end' : 'middle'),
    ]),
    svgText('axis-name', [x(1), y(0) + 34], 'confidence', 'end'),
  ];
}

/** Right answers upwards, wrong ones downwards, on one scale. */
function histogram(steps: ConfidencePanel['histogram'], x: Scale): Markup[] {
  const most = (kind: 'right' | 'wrong'): number => Math.max(0.5, ...steps.map((step) => step[kind]));
  const height = linearScale([0, most('right') + most('wrong')], [0, BARS.bottom - BARS.top]);
  const middle = BARS.top + height(most('right'));
  const total = (kind: 'right' | 'wrong'): string =>
    wholeNumber(steps.reduce((sum, step) => sum + step[kind], 0));
  return [
    ...steps.flatMap(({ right, wrong }, index) => {
      const [from, to] = [x(index / steps.length) + 1, x((index + 1) / steps.length) - 1];
      return [
        svgBox('right', [from, middle - height(right)], [to, middle]),
        svgBox('wrong', [from, middle], [to, middle + height(wrong)]),
      ];
    }),
    svgLine('axis', [x(0), middle], [x(1), middle]),
    svgText('label right-label', [x(0) + 2, BARS.top - 6], `${total('right')} right`),
    svgText('label wrong-label', [x(1) - 2, BARS.bottom + 15], `${total('wrong')} wrong`, 'end'),
  ];
}

function describe({ reliability, questions }: ConfidencePanel): string {
  const asSaid = reliability.filter(isAsSaid).length;
  const bins =
    reliability.length === 1
      ? `one bin; its mean confidence ${asSaid === 1 ? 'lies' : 'does not lie'}`
      : `${reliability.length} bins of rising confidence; in ${asSaid} of them the mean confidence lies`;
  return `${wholeNumber(questions)} answers in ${bins} within the 95 % interval of the share that was right. Below, how many right and wrong answers have each confidence. All numbers are in the table.`;
}
