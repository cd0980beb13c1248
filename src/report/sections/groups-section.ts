import type { ReportData, ReportGroup } from '../report-data.ts';
import { htmlTable, type TableColumn } from '../charts/figure.ts';
import { html, type Content, type Markup } from '../charts/markup.ts';
import { wholeNumber, unbrokenPercent, percentRange } from '../charts/numbers.ts';

/** How many groups are shown; the others are folded away if there are at least this many more. */
const SEEN = 30;
const WORTH_FOLDING = 10;

/** Group by group: is the confidence right here too, who serves, what is lost, what does it cost? */
export function groupsSection({ groups, tiers }: ReportData): Markup {
  const early = tiers.slice(0, -1);
  const columns: TableColumn[] = [
    { head: 'group' },
    { head: 'questions', number: true },
    ...early.map((tier) => ({
      head: html`${tier}<br />sure → right`,
      label: `${tier} sure → right`,
      number: true,
    })),
    ...tiers.map((tier) => ({
      head: html`served by<br />${tier}`,
      label: `served by ${tier}`,
      number: true,
    })),
    { head: 'loss', number: true },
    { head: 'cost', number: true },
  ];
  const rows = (some: readonly ReportGroup[]): Content[][] => some.map((group) => rowOf(group, tiers));
  const seen = groups.length > SEEN + WORTH_FOLDING ? SEEN : groups.length;
  const others = groups.slice(seen);
  return html`<section aria-labelledby="groups">
    <h2 id="groups">Group by group</h2>
    <p>${summary(groups, early)} The promise is for all questions together and holds for no single group.</p>
    ${htmlTable('Groups, most questions first', columns, rows(groups.slice(0, seen)), 'ruled cards')}
    ${
      others.length === 0
        ? undefined
        : html`<details>
            <summary>${wholeNumber(others.length)} smaller groups</summary>
            ${htmlTable('The other groups, most questions first', columns, rows(others), 'ruled cards')}
          </details>`
    }
  </section>`;
}

function rowOf(group: ReportGroup, tiers: readonly string[]): Content[] {
  return [
    html`<b>${group.group}</b>`,
    wholeNumber(group.questions),
    ...tiers.slice(0, -1).map((tier) => confidenceCell(group.confidence[tier])),
    ...tiers.map((tier) => unbrokenPercent(group.servedBy[tier] ?? 0, 0)),
    group.loss === undefined
      ? '–'
      : html`${unbrokenPercent(group.loss.value)}<br /><span class="interval"
            >${percentRange(group.loss)}</span
          >`,
    group.relativeCost === undefined ? '–' : unbrokenPercent(group.relativeCost, 0),
  ];
}

type GroupConfidence = ReportGroup['confidence'][string];

/** Undefined if the accuracy's interval contains the mean confidence. */
function fault({ confidence, accuracy }: GroupConfidence): 'too sure' | 'too modest' | undefined {
  if (confidence > accuracy.upper) return 'too sure';
  return confidence < accuracy.lower ? 'too modest' : undefined;
}

function confidenceCell(known: GroupConfidence | undefined): Content {
  if (known === undefined) return '–';
  const wrong = fault(known);
  return html`${unbrokenPercent(known.confidence, 0)} → ${unbrokenPercent(known.accuracy.value, 0)}<br />${
      wrong === undefined
        ? html`<span class="interval">${percentRange(known.accuracy, 0)}</span>`
        : html`<span class="off">${wrong}</span>`
    }`;
}

function summary(groups: readonly ReportGroup[], early: readonly string[]): string {
  const faults = groups.flatMap((group) =>
    early.flatMap((tier) => {
      const known = group.confidence[tier];
      const wrong = known === undefined ? undefined : fault(known);
      return wrong === undefined ? [] : [`${tier} is ${wrong} in ${group.group}`];
    }),
  );
  if (faults.length === 0) return 'In every group the mean confidence agrees with what was right.';
  const more = faults.length > 3 ? [`${faults.length - 3} more`] : [];
  const named = new Intl.ListFormat('en-GB').format([...faults.slice(0, 3), ...more]);
  return `Beyond the 95 % interval, ${named}; elsewhere the mean confidence agrees with what was right.`;
}
