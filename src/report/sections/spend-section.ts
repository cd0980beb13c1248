import type { ReportData, SpendItem } from '../report-data.ts';
import { svgBox } from '../charts/shapes.ts';
import { htmlTable } from '../charts/figure.ts';
import { html, type Content, type Markup } from '../charts/markup.ts';
import { wholeNumber, unbrokenPercent } from '../charts/numbers.ts';

const WORDS: Record<SpendItem['on'], string> = {
  served: 'answers served',
  wasted: 'answers passed over',
  signals: 'paid signals',
};

/** Where the money goes: bars that each begin where the one before ended, against what always-last would have cost. */
export function spendSection({ spend, tiers, result }: ReportData): Markup {
  const last = tiers.at(-1) ?? '';
  const total = spend.reduce((sum, { relativeCost }) => sum + relativeCost, 0);
  const whole = Math.max(1, total);
  const wasted = spend.filter(({ on }) => on !== 'served').reduce((sum, item) => sum + item.relativeCost, 0);
  let before = 0;
  const rows: Content[][] = spend.map((item) => {
    const start = before;
    before += item.relativeCost;
    return [
      html`<b>${item.tier}</b> ${WORDS[item.on]}`,
      bar(start, before, whole, item.on),
      unbrokenPercent(item.relativeCost),
      total > 0 ? unbrokenPercent(item.relativeCost / total, 0) : '–',
      wholeNumber(item.calls),
    ];
  });
  const saved = 1 - total;
  return html`<section aria-labelledby="spend">
    <h2 id="spend">Where the money goes</h2>
    <p>${wastedWords(total > 0 ? wasted / total : 0, result.relativeCost.value)}</p>
    ${htmlTable(
      `Spending as a share of what always asking ${last} costs`,
      [
        { head: 'for' },
        { head: html`<span class="hidden">as a bar</span>` },
        { head: `of always ${last}`, number: true },
        { head: 'of the spending', number: true },
        { head: 'calls', number: true },
      ],
      [
        ...rows,
        [
          html`<b>together</b>`,
          bar(0, total, whole, 'total'),
          html`<b>${unbrokenPercent(total)}</b>`,
          '',
          '',
        ],
        [
          saved >= 0 ? 'saved' : 'more than always-last',
          bar(Math.min(1, total), Math.max(1, total), whole, 'saved'),
          unbrokenPercent(Math.abs(saved)),
          '',
          '',
        ],
      ],
      'spend cards',
    )}
  </section>`;
}

function wastedWords(share: number, relativeCost: number): string {
  const bars = 'Each bar begins where the one before ended.';
  if (share === 0) return `Every answer that is paid for is served. ${bars}`;
  return `Of what is spent, ${unbrokenPercent(share, 0)} buys no answer that was served: answers passed over, and paid signals. It is counted in the ${unbrokenPercent(relativeCost)}. ${bars}`;
}

/** A bar from `start` to `end` of 0..`whole`, as wide as its table cell. Hidden from screen readers: the number is beside it. */
function bar(start: number, end: number, whole: number, name: string): Markup {
  const rectangle = svgBox(name, [(100 * start) / whole, 0], [(100 * end) / whole, 10]);
  return html`<svg class="bar" aria-hidden="true" viewBox="0 0 100 10" preserveAspectRatio="none">
    ${rectangle}
  </svg>`;
}
