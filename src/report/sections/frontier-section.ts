import type { ReportData } from '../report-data.ts';
import { foldedNumbers, htmlTable } from '../charts/figure.ts';
import { frontierChart } from '../charts/frontier-chart.ts';
import { html, type Markup } from '../charts/markup.ts';
import { wholeNumber, unbrokenPercent, percentRange } from '../charts/numbers.ts';

/** What is possible: the whole path, and the chosen point on it. */
export function frontierSection({ frontier, result, tiers }: ReportData): Markup {
  const last = tiers.at(-1) ?? '';
  const sizes = [
    { id: 'frontier-wide', width: 700, height: 400 },
    { id: 'frontier-narrow', width: 350, height: 360 },
  ];
  return html`<section aria-labelledby="frontier">
    <h2 id="frontier">What can be had</h2>
    <figure class="beside">
      ${sizes.map((size) => frontierChart({ ...size, frontier, result, last }))}
      <figcaption>
        Further left is cheaper, further down is better. ${seen(frontier)}${dotted(frontier)} The band is the
        ${unbrokenPercent(0.95, 0)} interval of the loss, on ${rowsOf(frontier)}.
      </figcaption>
      ${foldedNumbers(numbers(frontier))}
    </figure>
  </section>`;
}

function rowsOf({ on, questions, limit }: ReportData['frontier']): string {
  const some = wholeNumber(questions);
  switch (on) {
    case 'certify':
      return limit === undefined ? `${some} questions that were not fitted on` : `${some} certify questions`;
    case 'folds':
      return `${some} questions, each answered as the policy of the same price does that was fitted on the other folds`;
    case 'test':
      return `the same ${some} questions`;
  }
}

function dotted({ points }: ReportData['frontier']): string {
  return points.every(({ certified }) => certified) ? '' : ' Where the line is dotted, nothing is certified.';
}

function seen({ points, chosen, limit, on }: ReportData['frontier']): string {
  const at = points[chosen];
  if (at?.priceOfQuality === undefined) return 'Of this path nothing is used yet.';
  if (on === 'test')
    return 'The line is the path that the version keeps, the circle where it stands on it, with the intervals of what it cost and lost.';
  if (limit === undefined)
    return 'The circle is the chosen policy, the cross the same one on the test questions, with its intervals.';
  return 'The circle is the cheapest policy whose loss is proven to stay under the line; the cross is the same policy on the test questions, with its intervals.';
}

function numbers({ points, chosen, measures }: ReportData['frontier']): Markup {
  return htmlTable(
    'The path, from always asking the last tier to the cheapest policy',
    [
      { head: 'price of quality', number: true },
      { head: 'relative cost', number: true },
      { head: measures === 'loss' ? 'quality loss' : 'risk', number: true },
      { head: '95 % interval', number: true },
      { head: '' },
    ],
    points.map((point, index) => [
      point.priceOfQuality === undefined
        ? 'always last'
        : Number(point.priceOfQuality.toPrecision(3)).toString(),
      unbrokenPercent(point.relativeCost),
      unbrokenPercent(point.loss.value),
      percentRange(point.loss),
      index === chosen ? html`<b>chosen</b>` : point.certified ? 'certified' : '',
    ]),
  );
}
