import { html, type Markup } from './markup.ts';
import { box } from './shapes.ts';

/** A bar from `start` to `end` of 0..`whole`, as wide as the cell it stands in. The number beside it says the same. */
export function bar(start: number, end: number, whole: number, name: string): Markup {
  const rectangle = box(name, [(100 * start) / whole, 0], [(100 * end) / whole, 10]);
  return html`<svg class="bar" aria-hidden="true" viewBox="0 0 100 10" preserveAspectRatio="none">
    ${rectangle}
  </svg>`;
}
