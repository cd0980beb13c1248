import { html, type Markup } from './markup.ts';

/** A coordinate as it is written: two digits after the point are finer than any screen. */
export function coordinate(value: number): number {
  return Math.round(value * 100) / 100;
}

export type Point = readonly [x: number, y: number];

/** Where the style's class names say how it looks. */
export function svgLine(name: string, [x1, y1]: Point, [x2, y2]: Point): Markup {
  return html`<line
    class="${name}"
    x1="${coordinate(x1)}"
    y1="${coordinate(y1)}"
    x2="${coordinate(x2)}"
    y2="${coordinate(y2)}"
  />`;
}

export function svgCircle(name: string, [x, y]: Point, radius: number): Markup {
  return html`<circle class="${name}" cx="${coordinate(x)}" cy="${coordinate(y)}" r="${radius}" />`;
}

/** A box between two corners, in any order. */
export function svgBox(name: string, [x1, y1]: Point, [x2, y2]: Point): Markup {
  const [x, y] = [Math.min(x1, x2), Math.min(y1, y2)];
  return html`<rect
    class="${name}"
    x="${coordinate(x)}"
    y="${coordinate(y)}"
    width="${coordinate(Math.abs(x2 - x1))}"
    height="${coordinate(Math.abs(y2 - y1))}"
  />`;
}

/** A line through the points; closed, an area. */
export function svgPath(name: string, points: readonly Point[], closed = false): Markup {
  const places = points.map(([x, y]) => `${coordinate(x)} ${coordinate(y)}`).join('L');
  return html`<path class="${name}" d="${places === '' ? '' : `M${places}${closed ? 'Z' : ''}`}" />`;
}

/** Words at a place, which is their start, middle or end on the base line. */
export function svgText(
  name: string,
  [x, y]: Point,
  words: string,
  anchor: 'start' | 'middle' | 'end' = 'start',
): Markup {
  return html`<text class="${name}" x="${coordinate(x)}" y="${coordinate(y)}" text-anchor="${anchor}"
    >${words}</text
  >`;
}
