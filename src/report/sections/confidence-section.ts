import type { ConfidencePanel, ReportData } from '../report-data.ts';
import { foldedNumbers, htmlTable } from '../charts/figure.ts';
import { html, type Markup } from '../charts/markup.ts';
import { wholeNumber, measure, unbrokenPercent, percentRange } from '../charts/numbers.ts';
import { isAsSaid, reliabilityChart } from '../charts/reliability-chart.ts';

/** Whether the confidence means what it says: a diagram for each tier, and the usual measures. */
export function confidenceSection({ confidence }: ReportData): Markup {
  if (confidence.length === 0)
    return html`<section aria-labelledby="confidence">
      <h2 id="confidence">Does the confidence mean what it says?</h2>
      <p>It cannot be said: no tier has both confidence and scores.</p>
    </section>`;
  return html`<section aria-labelledby="confidence">
    <h2 id="confidence">Does the confidence mean what it says?</h2>
    <p>
      Where it does, the points lie on the diagonal: of the answers with ${unbrokenPercent(0.8, 0)}
      confidence, ${unbrokenPercent(0.8, 0)} are right. All answers are here, those that were never asked for
      too, so nothing is flattered by what was accepted.
    </p>
    <div class="${confidence.some(({ paid }) => paid) ? 'panels pairs' : 'panels'}">
      ${confidence.map(panelFigure)}
    </div>
    ${measures(confidence)}
  </section>`;
}

function panelFigure(panel: ConfidencePanel, index: number): Markup {
  return html`<figure>
    <h3>${panel.tier} <small>${panel.paid ? 'with paid signals' : 'with free signals'}</small></h3>
    ${reliabilityChart(`reliability-${index}`, panel)}
    <figcaption>${verdict(panel)}</figcaption>
    ${foldedNumbers(numbers(panel))}
  </figure>`;
}

function verdict({ reliability, confidence, accuracy }: ConfidencePanel): Markup {
  const asSaid = reliability.filter(isAsSaid).length;
  const one = asSaid === reliability.length - 1;
  const means = `${unbrokenPercent(confidence)} sure on average, ${unbrokenPercent(accuracy)} right.`;
  if (reliability.length === 1)
    return html`${means} So few answers make one bin, in which that
    ${asSaid === 1 ? 'agrees' : 'does not agree'}.`;
  if (asSaid === reliability.length)
    return html`${means} In all ${reliability.length} bins what came true agrees with what was said.`;
  return html`${means} In ${asSaid} of ${reliability.length} bins what came true agrees with what was said;
  ${one ? 'the hollow one does not' : 'the hollow ones do not'}.`;
}

function numbers({ tier, reliability }: ConfidencePanel): Markup {
  return htmlTable(
    `${tier}: confidence and what was right, bin by bin`,
    [
      { head: 'confidence', number: true },
      { head: 'right', number: true },
      { head: '95 % interval', number: true },
      { head: 'answers', number: true },
    ],
    reliability.map((point) => [
      unbrokenPercent(point.predicted),
      unbrokenPercent(point.observed),
      percentRange(point, 0),
      wholeNumber(point.mass),
    ]),
  );
}

function measures(panels: readonly ConfidencePanel[]): Markup {
  return html`${htmlTable(
      'How good the confidence is',
      [
        { head: 'tier' },
        { head: 'answers', number: true },
        { head: 'sure', number: true },
        { head: 'right', number: true },
        { head: 'calibration error, debiased', number: true },
        { head: 'plain', label: 'calibration error, plain', number: true },
        { head: 'Brier', number: true },
        { head: 'log loss', number: true },
        { head: 'AUROC', number: true },
      ],
      panels.map((panel) => [
        html`<b>${panel.tier}</b>${panel.paid ? ' with paid signals' : ''}`,
        wholeNumber(panel.questions),
        unbrokenPercent(panel.confidence),
        unbrokenPercent(panel.accuracy),
        measure(panel.debiasedEce),
        measure(panel.ece),
        measure(panel.brier),
        measure(panel.logLoss),
        measure(panel.auroc),
      ]),
      'ruled cards',
    )}
    <p class="note">
      Calibration error, Brier score and log loss: 0 is best. AUROC: 1 is best, ½ knows nothing. The plain
      error of a perfect confidence is not 0 but about
      ${measure(Math.sqrt(15 / Math.max(1, panels[0]?.questions ?? 1)) / 3)} with this many answers, so judge
      by the debiased one.
    </p>`;
}
