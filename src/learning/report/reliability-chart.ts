import type { ConfidencePanel } from '../report-data.ts';
import { svg } from './figure.ts';
import { html, type Markup } from './markup.ts';
import { count, shortPercent } from './numbers.ts';
import { at, linear, type Scale } from './scale.ts';

const WIDTH = 330;
const PLOT = { left: 40, right: 318, top: 22, bottom: 300 };
/** The histogram stands under the diagram, on the same axis. */
const BARS = { top: 336, middle: 386, bottom: 436 };
const HEIGHT = 456;

/** Whether what came true, within its interval, is what was said. */
export function isAsSaid(point: ConfidencePanel['reliability'][number]): boolean {
  return point.lower <= point.predicted && point.predicted <= point.upper;
}

/** How often answers of each confidence were right, with intervals, and under it how many answers have it. */
export function reliabilityChart(id: string, panel: ConfidencePanel): Markup {
  const x = linear([0, 1], [PLOT.left, PLOT.right]);
  const y = linear([0, 1], [PLOT.bottom, PLOT.top]);
  const steps = [0, 0.25, 0.5, 0.75, 1];
  return svg(
    { id, title: `Confidence of ${panel.tier} against how often it is right`, description: describe(panel) },
    { width: WIDTH, height: HEIGHT },
    html`<text class="axis-name" x="0" y="10">right</text>
      ${steps.map(
        (value) =>
          html`<line
              class="grid"
              x1="${PLOT.left}"
              x2="${PLOT.right}"
              y1="${at(y(value))}"
              y2="${at(y(value))}"
            />
            <text class="tick" x="${PLOT.left - 6}" y="${at(y(value) + 4)}" text-anchor="end"
              >${shortPercent(value)}</text
            >
            <text
              class="tick"
              x="${at(x(value))}"
              y="${PLOT.bottom + 17}"
              text-anchor="${value === 1 ? 'end' : 'middle'}"
              >${shortPercent(value)}</text
            >`,
      )}
      <line class="ideal" x1="${PLOT.left}" y1="${PLOT.bottom}" x2="${PLOT.right}" y2="${PLOT.top}" />
      <text class="label quiet" x="${PLOT.left + 8}" y="${PLOT.top + 16}">better than it says</text>
      <text class="label quiet" x="${PLOT.right - 4}" y="${PLOT.bottom - 10}" text-anchor="end"
        >worse than it says</text
      >
      ${panel.reliability.map(
        (point) =>
          html`<g class="${isAsSaid(point) ? 'as-said' : 'not-as-said'}"
            ><line
              x1="${at(x(point.predicted))}"
              x2="${at(x(point.predicted))}"
              y1="${at(y(point.lower))}"
              y2="${at(y(point.upper))}" />
            <circle cx="${at(x(point.predicted))}" cy="${at(y(point.observed))}" r="4"
          /></g>`,
      )}
      ${histogram(panel, x)}`,
  );
}

/** Right answers upwards, wrong ones downwards, in one scale. */
function histogram({ histogram: steps }: ConfidencePanel, x: Scale): Markup {
  const most = Math.max(1, ...steps.flatMap(({ right, wrong }) => [right, wrong]));
  const height = linear([0, most], [0, BARS.middle - BARS.top]);
  const width = (PLOT.right - PLOT.left) / steps.length;
  const total = (kind: 'right' | 'wrong'): string => count(steps.reduce((sum, step) => sum + step[kind], 0));
  return html`${steps.map(({ right, wrong }, index) => {
      const left = at(x(index / steps.length) + 1);
      return html`<rect
          class="right"
          x="${left}"
          y="${at(BARS.middle - height(right))}"
          width="${at(width - 2)}"
          height="${at(height(right))}"
        /><rect
          class="wrong"
          x="${left}"
          y="${BARS.middle}"
          width="${at(width - 2)}"
          height="${at(height(wrong))}"
        />`;
    })}<line class="axis" x1="${PLOT.left}" x2="${PLOT.right}" y1="${BARS.middle}" y2="${BARS.middle}" />
    <text class="label right-label" x="${PLOT.left + 2}" y="${BARS.middle - 8}">${total('right')} right</text>
    <text class="label wrong-label" x="${PLOT.right - 2}" y="${BARS.bottom}" text-anchor="end"
      >${total('wrong')} wrong</text
    >
    <text class="axis-name" x="${PLOT.right}" y="${HEIGHT - 4}" text-anchor="end">confidence</text>`;
}

function describe({ reliability, questions }: ConfidencePanel): string {
  const asSaid = reliability.filter(isAsSaid).length;
  return `${count(questions)} answers in ${reliability.length} bins of rising confidence; in ${asSaid} of them the mean confidence lies within the 95 % interval of the share that was right. Below, how many right and wrong answers have each confidence. All numbers are in the table.`;
}
