import type { HardQuestion, HardQuestions, ReportData } from '../report-data.ts';
import { html, type Markup } from '../charts/markup.ts';
import { wholeNumber, unbrokenPercent, shortPercent } from '../charts/numbers.ts';

/** The questions to look at first: confident answers that were wrong, and questions that no tier can answer. */
export function hardestSection({ hardest, tiers, questions }: ReportData): Markup {
  const last = tiers.at(-1) ?? '';
  const { confidentlyWrong, nobodyRight, sureFrom } = hardest;
  return html`<section aria-labelledby="hardest">
    <h2 id="hardest">The hardest questions</h2>
    <h3>Served with at least ${shortPercent(sureFrom)} confidence, and wrong</h3>
    ${kind(confidentlyWrong, questions.test, 'None: every answer that was served this surely was right.')}
    <h3>Wrong even from ${last}</h3>
    <p>
      Escalating buys nothing here. First come those that every tier gets wrong and was sure of: is their
      reference right?
    </p>
    ${kind(nobodyRight, questions.test, `None: ${last} is right everywhere.`)}
  </section>`;
}

function kind({ count: all, shown }: HardQuestions, questions: number, none: string): Markup {
  if (all === 0) return html`<p>${none}</p>`;
  const listed = shown.length < all ? ` The first ${wholeNumber(shown.length)}:` : '';
  const silent = shown.every(({ question }) => question === undefined)
    ? ' The traces have no texts of them.'
    : '';
  return html`<p>
      ${wholeNumber(all)} of ${wholeNumber(questions)}, ${unbrokenPercent(all / questions)}.${silent}${listed}
    </p>
    <ol class="questions">
      ${shown.map(item)}
    </ol>`;
}

/** Longer texts are folded, so that the page stays short. */
const SHORT = 320;

function item(hard: HardQuestion): Markup {
  const { id, group, served, confidence, question, answer, reference } = hard;
  const texts = [
    { name: 'asked', text: question },
    { name: 'answered', text: answer },
    { name: 'right', text: reference },
  ].flatMap(({ name, text }) =>
    text === undefined
      ? []
      : [
          html`<div>
            <dt>${name}</dt>
            <dd dir="auto">${folded(text)}</dd>
          </div>`,
        ],
  );
  const sure = confidence === undefined ? '' : ` with ${unbrokenPercent(confidence)} confidence`;
  return html`<li>
    <p class="which"><code>${id}</code> <span>${group}, served by ${served}${sure}</span></p>
    ${texts.length === 0 ? undefined : html`<dl>${texts}</dl>`}
  </li>`;
}

function folded(whole: string): Markup {
  // Empty lines would push the next question off the screen.
  const text = whole.trim().replaceAll(/\s*\n\s*/g, '\n');
  if (text.length <= SHORT) return html`<span class="text">${text}</span>`;
  // A character that the cut splits becomes a replacement mark.
  const start = text.slice(0, SHORT).toWellFormed();
  return html`<details>
    <summary><span class="text">${start}…</span></summary>
    <span class="text">${text}</span>
  </details>`;
}
