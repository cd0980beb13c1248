import type { Frontier, FrontierPoint } from '../../learning/tuning/frontier.ts';
import { svgPicture } from './figure.ts';
import { limitWords, type FrontierPicture, type FrontierSpace } from './frontier-space.ts';
import { frontierMarks } from './frontier-marks.ts';
import { boxOfWords } from './label-position.ts';
import { html, type Markup } from './markup.ts';
import { unbrokenPercent, shortPercent } from './numbers.ts';
import { linearScale, ticks } from './scale.ts';
import { svgBox, svgLine, svgPath, svgText, type Point } from './shapes.ts';

/**
 * Loss over relative cost: the path from the strictest policy to the cheapest with its intervals, the allowed loss as a
 * line, always-last, the chosen point, and its result on the test rows. Losses far above the allowed one are cut off: no
 * such policy will be chosen.
 */
export function frontierChart(picture: FrontierPicture): Markup {
  const { width, height, frontier, id, last } = picture;
  const domain = domains(picture);
  const edges = { left: 44, right: width - 14, top: 30, bottom: height - 44 };
  const x = linearScale(domain.cost, [edges.left, edges.right]);
  const y = linearScale(domain.loss, [edges.bottom, edges.top]);
  const space = { x, y, ...edges };
  // Always-last comes before the path, and is a mark of its own.
  const points = frontier.points.filter(({ priceOfQuality }) => priceOfQuality !== undefined);
  const turn = points.findIndex(({ certified }) => !certified);
  const certified = turn < 0 ? points : points.slice(0, turn);
  const open = turn < 0 ? [] : points.slice(Math.max(0, turn - 1));
  const position = ({ relativeCost, loss }: FrontierPoint) => [x(relativeCost), y(loss.value)] as const;
  const band = [
    ...points.map(({ relativeCost, loss }) => [x(relativeCost), y(loss.upper)] as const),
    ...points.toReversed().map(({ relativeCost, loss }) => [x(relativeCost), y(loss.lower)] as const),
  ];
  const label = openLabel(open, domain.loss[1], frontier.limit ?? 0, space);
  const title = 'Relative cost against loss';
  const description = describe(picture);
  return svgPicture({ id, title, description }, { width, height, name: width < 500 ? 'narrow' : 'wide' }, [
    html`<clipPath id="${id}-inner"
      >${svgBox('', [edges.left, edges.top], [edges.right, edges.bottom])}</clipPath
    >`,
    axes(domain, space, frontier.measures, last),
    html`<g clip-path="url(#${id}-inner)"
      >${[
        svgPath('band', band, true),
        svgPath('line open', open.map(position)),
        svgPath('line', certified.map(position)),
      ]}</g
    >`,
    limitLine(frontier.limit, space),
    label === undefined ? undefined : svgText('label quiet', label, OPEN, 'end'),
    frontierMarks(picture, space, label === undefined ? [] : [boxOfWords(label, OPEN, 'end')]),
  ]);
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
  return { cost: [0, dearest * 1.02], loss: [Math.min(lowest * 1.05, -top * 0.08), top] };
}

function axes(domain: Domain, space: FrontierSpace, measures: Frontier['measures'], last: string): Markup[] {
  const { x, y, left, right, bottom } = space;
  return [
    ...ticks(...domain.loss, 5).flatMap((value) => [
      svgLine(value === 0 ? 'axis' : 'grid', [left, y(value)], [right, y(value)]),
      svgText('tick', [left - 6, y(value) + 4], shortPercent(value), 'end'),
    ]),
    ...ticks(...domain.cost, right - left < 400 ? 4 : 8).flatMap((value) => [
      svgLine('grid', [x(value), bottom], [x(value), bottom + 4]),
      svgText('tick', [x(value), bottom + 17], shortPercent(value), 'middle'),
    ]),
    svgText('axis-name', [0, 12], measures === 'loss' ? 'quality loss' : 'wrong among the accepted'),
    svgText('axis-name', [right, bottom + 36], `cost, as a share of always asking ${last}`, 'end'),
  ];
}

function limitLine(limit: number | undefined, { y, left, right }: FrontierSpace): Markup[] {
  if (limit === undefined) return [];
  return [
    svgLine('limit', [left, y(limit)], [right, y(limit)]),
    svgText('label limit-label', [right, y(limit) - 6], limitWords(limit), 'end'),
  ];
}

const OPEN = 'not certified';

/** Where the uncertified part of the line is labelled: beside the middle of what is visible of it. */
function openLabel(
  open: readonly FrontierPoint[],
  top: number,
  limit: number,
  { x, y, left }: FrontierSpace,
): Point | undefined {
  const seen = open.filter(({ loss }) => loss.value > limit && loss.value < top * 0.85);
  const middle = seen[Math.floor(seen.length / 2)];
  if (middle === undefined) return undefined;
  const position = x(middle.relativeCost);
  // No policy is cheaper and better than the path, so that side has room, unless the edge is near.
  return position - left < 90 ? undefined : [position - 14, y(middle.loss.value) + 4];
}

function where({ on, limit }: Frontier): string {
  switch (on) {
    case 'certify':
      return limit === undefined ? 'on questions that were not fitted on' : 'on the certify questions';
    case 'folds':
      return 'by folds, on questions that were fitted on too';
    case 'test':
      return 'on these questions';
  }
}

function describe({ frontier, result, last }: FrontierPicture): string {
  const { points, chosen, limit } = frontier;
  const cheapest = points.at(-1);
  const taken = points[chosen];
  const { relativeCost: cost, loss } = result;
  const parts = [
    `From always ${last}, at a cost of 100 % and a loss of 0, to the cheapest policy`,
    cheapest === undefined
      ? '.'
      : `, at a cost of ${unbrokenPercent(cheapest.relativeCost)} and a loss of ${unbrokenPercent(cheapest.loss.value)}.`,
    taken === undefined
      ? ''
      : ` The chosen point costs ${unbrokenPercent(taken.relativeCost)} and loses ${unbrokenPercent(taken.loss.value)} ${where(frontier)}${frontier.on === 'test' ? '' : `; on the test questions it costs ${unbrokenPercent(cost.value)}${loss === undefined ? '' : ` and loses ${unbrokenPercent(loss.value)}`}`}.`,
    limit === undefined ? '' : ` A line marks the greatest loss asked for, ${shortPercent(limit)}.`,
    ' All numbers are in the table.',
  ];
  return parts.join('');
}
