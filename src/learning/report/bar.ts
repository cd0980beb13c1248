import { html, type Markup } from './markup.ts';
import { at } from './scale.ts';

/** A bar from `start` to `end` of 0..`whole`, as wide as the cell it stands in. The number beside it says the same. */
export function bar(start: number, end: number, whole: number, name: string): Markup {
  const from = at((100 * Math.min(start, end)) / whole);
  const to = at((100 * Math.max(start, end)) / whole);
  return html`<svg class="bar" aria-hidden="true" viewBox="0 0 100 10" preserveAspectRatio="none">
    <rect class="${name}" x="${from}" y="0" width="${at(to - from)}" height="10" />
  </svg>`;
}
