import type { ReportData } from './report-data.ts';
import { confidenceSection } from './sections/confidence-section.ts';
import { frontierSection } from './sections/frontier-section.ts';
import { groupsSection } from './sections/groups-section.ts';
import { hardestSection } from './sections/hardest-section.ts';
import { headSection } from './sections/head-section.ts';
import { Markup, html } from './charts/markup.ts';
import { STYLE } from './style.ts';
import { spendSection } from './sections/spend-section.ts';

/**
 * The report as one self-contained HTML document: no script, no network (its own policy forbids both); for light and dark,
 * wide and narrow screens, and for paper. Every text in the data is escaped.
 */
export function renderReport(data: ReportData): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>Weir report: ${data.route}, ${data.createdAt.slice(0, 10)}</title>
        <link rel="icon" href="data:," />
        <style>
          ${new Markup(STYLE)}
        </style>
      </head>
      <body>
        <main>
          ${headSection(data)} ${frontierSection(data)} ${spendSection(data)} ${confidenceSection(data)}
          ${groupsSection(data)} ${hardestSection(data)}
        </main>
      </body>
    </html> `;
  return page.text;
}
