import { html, type Markup } from './markup.ts';

/** A coordinate in pixels, rounded to two digits: finer than any screen. */
export function px(value: number): number {
  return Math.round(value * 100) / 100;
}

export type Point = readonly [x: number, y: number];

/** `name` is the class, which the style sheet defines; so for every shape. */
export function svgLine(name: string, [x1, y1]: Point, [x2, y2]: Point): Markup {
  return html`<line class="${name}" x1="${px(x1)}" y1="${px(y1)}" x2="${px(x2)}" y2="${px(y2)}" />`;
}

export function svgCircle(name: string, [x, y]: Point, radius: number): Markup {
  return html`<circle class="${name}" cx="${px(x)}" cy="${px(y)}" r="${radius}" />`;
}

/** A rectangle between two corners, in any order. */
export function svgBox(name: string, [x1, y1]: Point, [x2, y2]: Point): Markup {
  const [x, y] = [Math.min(x1, x2), Math.min(y1, y2)];
  return html`<rect
    class="${name}"
    x="${px(x)}"
    y="${px(y)}"
    width="${px(Math.abs(x2 - x1))}"
    height="${px(Math.abs(y2 - y1))}"
  />`;
}

/** A line through the points; closed, an area. */
export function svgPath(name: string, points: readonly Point[], closed = false): Markup {
  const joined = points.map(([x, y]) => `${px(x)} ${px(y)}`).join('L');
  return html`<path class="${name}" d="${joined === '' ? '' : `M${joined}${closed ? 'Z' : ''}`}" />`;
}

/** A label whose base line has its start, middle or end at a point, as `anchor` says. */
export function svgText(
  name: string,
  [x, y]: Point,
  words: string,
  anchor: 'start' | 'middle' | 'end' = 'start',
): Markup {
  return html`<text class="${name}" x="${px(x)}" y="${px(y)}" text-anchor="${anchor}">${words}</text>`;
}
