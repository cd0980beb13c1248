import type { Estimate, Frontier, FrontierPoint } from '../report-data.ts';
import { svg } from './figure.ts';
import { html, type Content, type Markup } from './markup.ts';
import { percent, shortPercent } from './numbers.ts';
import { at, linear, ticks, type Scale } from './scale.ts';

export interface FrontierPicture {
  id: string;
  width: number;
  height: number;
  frontier: Frontier;
  last: string;
  /** What the chosen policy did on the test rows; `loss` where it was measured. */
  result: { relativeCost: Estimate; loss?: Estimate };
}

const MARGIN = { top: 30, right: 14, bottom: 44, left: 44 };

/**
 * Loss over relative cost: the path from always-last to the cheapest with its intervals, the promise as a line, the chosen
 * point, and what it did on the test rows. Losses far beyond the promise leave the picture: nobody will choose there.
 */
export function frontierChart(picture: FrontierPicture): Markup {
  const { width, height, frontier, id } = picture;
  const domain = domains(picture);
  const x = linear(domain.cost, [MARGIN.left, width - MARGIN.right]);
  const y = linear(domain.loss, [height - MARGIN.bottom, MARGIN.top]);
  const inner = {
    left: MARGIN.left,
    right: width - MARGIN.right,
    top: MARGIN.top,
    bottom: height - MARGIN.bottom,
  };
  const points = frontier.points;
  const turn = points.findIndex(({ certified }) => !certified);
  const certified = turn < 0 ? points : points.slice(0, turn);
  const rest = turn < 0 ? [] : points.slice(Math.max(0, turn - 1));
  return svg(
    { id, title: 'Relative cost against loss', description: describe(picture) },
    { width, height, name: width < 500 ? 'narrow' : 'wide' },
    html`<clipPath id="${id}-inner"
        ><rect
          x="${inner.left}"
          y="${inner.top}"
          width="${inner.right - inner.left}"
          height="${inner.bottom - inner.top}"
      /></clipPath>
      ${axes(domain, x, y, inner, frontier.measures, picture.last)}
      <g clip-path="url(#${id}-inner)"
        ><path class="band" d="${band(points, x, y)}" />
        <path class="line open" d="${line(rest, x, y)}" /><path class="line" d="${line(certified, x, y)}"
      /></g>
      ${frontier.limit === undefined ? undefined : promise(frontier.limit, y, inner)}
      ${openLabel(rest, domain, x, y, frontier)} ${marks(picture, x, y, inner)}`,
  );
}

interface Domain {
  cost: [number, number];
  loss: [number, number];
}

function domains({ frontier, result }: FrontierPicture): Domain {
  const chosen = frontier.points[frontier.chosen];
  const held = [frontier.limit ?? 0, chosen?.loss.upper ?? 0, result.loss?.upper ?? 0];
  const all = frontier.points.map(({ loss }) => loss.upper);
  const top = frontier.limit === undefined ? Math.max(...all, 0.01) : Math.max(...held) * 3;
  const shown = frontier.points.filter(({ loss }) => loss.value <= top);
  const lowest = Math.min(0, ...shown.map(({ loss }) => loss.lower), result.loss?.lower ?? 0);
  const dearest = Math.max(1, ...shown.map(({ relativeCost }) => relativeCost), result.relativeCost.upper);
  // Room under 0 for the label of always-last.
  return { cost: [0, dearest * 1.02], loss: [Math.min(lowest * 1.05, -top * 0.14), top] };
}

interface Inner {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

function axes(
  domain: Domain,
  x: Scale,
  y: Scale,
  inner: Inner,
  measures: Frontier['measures'],
  last: string,
): Markup {
  const columns = ticks(...domain.cost, inner.right - inner.left < 400 ? 4 : 8);
  const rows = ticks(...domain.loss, 5);
  return html`${rows.map(
      (value) =>
        html`<line
            class="${value === 0 ? 'axis' : 'grid'}"
            x1="${inner.left}"
            x2="${inner.right}"
            y1="${at(y(value))}"
            y2="${at(y(value))}"
          />
          <text class="tick" x="${inner.left - 6}" y="${at(y(value) + 4)}" text-anchor="end"
            >${shortPercent(value)}</text
          >`,
    )}${columns.map(
      (value) =>
        html`<line
            class="grid"
            x1="${at(x(value))}"
            x2="${at(x(value))}"
            y1="${inner.bottom}"
            y2="${inner.bottom + 4}"
          />
          <text class="tick" x="${at(x(value))}" y="${inner.bottom + 17}" text-anchor="middle"
            >${shortPercent(value)}</text
          >`,
    )}<text class="axis-name" x="0" y="12"
      >${measures === 'loss' ? 'quality loss' : 'wrong among the accepted'}</text
    >
    <text class="axis-name" x="${inner.right}" y="${inner.bottom + 36}" text-anchor="end"
      >cost, of always ${last}</text
    >`;
}

function line(points: readonly FrontierPoint[], x: Scale, y: Scale): string {
  return points
    .map(
      ({ relativeCost, loss }, index) =>
        `${index === 0 ? 'M' : 'L'}${at(x(relativeCost))} ${at(y(loss.value))}`,
    )
    .join('');
}

function band(points: readonly FrontierPoint[], x: Scale, y: Scale): string {
  const upper = points.map(({ relativeCost, loss }) => `${at(x(relativeCost))} ${at(y(loss.upper))}`);
  const lower = points.map(({ relativeCost, loss }) => `${at(x(relativeCost))} ${at(y(loss.lower))}`);
  return upper.length === 0 ? '' : `M${[...upper, ...lower.toReversed()].join('L')}Z`;
}

function promise(limit: number, y: Scale, inner: Inner): Markup {
  const height = at(y(limit));
  return html`<line class="promise" x1="${inner.left}" x2="${inner.right}" y1="${height}" y2="${height}" />
    <text class="label promise-label" x="${inner.right}" y="${at(height - 6)}" text-anchor="end"
      >asked for: at most ${shortPercent(limit)}</text
    >`;
}

/** Named where the line is: beside the middle of what is seen of the part that is not certified. */
function openLabel(
  rest: readonly FrontierPoint[],
  domain: Domain,
  x: Scale,
  y: Scale,
  { limit }: Frontier,
): Content {
  const high = limit ?? 0;
  const seen = rest.filter(({ loss }) => loss.value > high && loss.value < domain.loss[1] * 0.85);
  const middle = seen[Math.floor(seen.length / 2)];
  if (middle === undefined) return undefined;
  return html`<text
    class="label quiet"
    x="${at(x(middle.relativeCost) + 8)}"
    y="${at(y(middle.loss.value) - 4)}"
    >not certified</text
  >`;
}

/** The named points. Where cost is high there is no loss, so the labels have the upper right for themselves. */
function marks({ frontier, result, last }: FrontierPicture, x: Scale, y: Scale, inner: Inner): Markup {
  const chosen = frontier.points[frontier.chosen];
  const isLast = chosen !== undefined && chosen.priceOfQuality === undefined;
  const labels: Markup[] = [];
  if (chosen !== undefined && !isLast) {
    labels.push(
      html`${callout(x(chosen.relativeCost), y(chosen.loss.value), inner, 0, 'chosen', `${percent(chosen.relativeCost)} of the cost, ${percent(chosen.loss.value)} lost`)}
        <circle class="chosen" cx="${at(x(chosen.relativeCost))}" cy="${at(y(chosen.loss.value))}" r="6" />`,
    );
  }
  const { relativeCost: cost, loss } = result;
  if (loss !== undefined && !isLast) {
    labels.push(
      html`${callout(x(cost.value), y(loss.value), inner, 1, 'the same on the test questions', `${percent(cost.value)} of the cost, ${percent(loss.value)} lost`)}
        <path
          class="test"
          d="M${at(x(cost.lower))} ${at(y(loss.value))}H${at(x(cost.upper))}M${at(x(cost.value))} ${at(y(loss.lower))}V${at(y(loss.upper))}"
        />`,
    );
  }
  return html`<circle class="last" cx="${at(x(1))}" cy="${at(y(0))}" r="4" />
    <text class="label" x="${at(Math.min(x(1) + 4, inner.right))}" y="${at(y(0) + 18)}" text-anchor="end"
      >always ${last}${isLast ? ': chosen' : ''}</text
    >${labels.toReversed()}`;
}

function callout(x: number, y: number, inner: Inner, place: number, name: string, figures: string): Markup {
  const top = inner.top + 6 + place * 42;
  const right = inner.right;
  // The line ends at the label's corner, wherever the mark is.
  const corner = right - 170;
  return html`<path
      class="leader"
      d="M${at(x)} ${at(y)}L${at(Math.max(corner, inner.left))} ${top + 20}H${right}"
    />
    <text class="label strong" x="${right}" y="${top}" text-anchor="end">${name}</text>
    <text class="label" x="${right}" y="${top + 15}" text-anchor="end">${figures}</text>`;
}

function describe({ frontier, result, last }: FrontierPicture): string {
  const { points, chosen, limit } = frontier;
  const cheapest = points.at(-1);
  const taken = points[chosen];
  const parts = [
    `A line from always ${last} (cost 100 %, loss 0) to the cheapest policy${cheapest === undefined ? '' : ` (cost ${percent(cheapest.relativeCost)}, loss ${percent(cheapest.loss.value)})`}.`,
    taken === undefined
      ? ''
      : `The chosen point costs ${percent(taken.relativeCost)} and loses ${percent(taken.loss.value)} on the certify questions; on the test questions it costs ${percent(result.relativeCost.value)}${result.loss === undefined ? '' : ` and loses ${percent(result.loss.value)}`}.`,
    limit === undefined ? '' : `A line marks the greatest loss asked for, ${shortPercent(limit)}.`,
  ];
  return parts.filter((part) => part !== '').join(' ');
}
