import { dollars } from '../../format/money.ts';
import { acceptedWithoutError } from '../../calibration/tests/certify.ts';
import type { Objective } from '../../routing/rules/objective.ts';
import { isCrossFitted } from '../../routing/version.ts';
import type { Estimate } from '../../calibration/tests/interval.ts';
import type { ReportData } from '../report-data.ts';
import { html, type Content, type Markup } from '../charts/markup.ts';
import { percentRange, shortPercent, unbroken, unbrokenPercent, wholeNumber } from '../charts/numbers.ts';

/** The result in one sentence and three figures, and the promise. */
export function headSection(data: ReportData): Markup {
  const { route, createdAt } = data;
  return html`<header>
      <p class="kicker">
        Weir report · route <b>${route}</b> · ${data.tiers.join(' → ')} ·
        <time datetime="${createdAt}">${createdAt.slice(0, 10)}</time>
      </p>
      <h1>${headline(data)}</h1>
      <p class="lede">${measuredOn(data)} Intervals are 95 %.</p>
      ${figures(data)}
    </header>
    ${promise(data)}`;
}

function headline({ result, tiers, frontier }: ReportData): Content {
  const last = tiers.at(-1) ?? '';
  if (frontier.points[frontier.chosen]?.priceOfQuality === undefined)
    return `Every question still goes to ${last}: nothing cheaper is shown to be good enough yet`;
  const cost = `${unbrokenPercent(result.relativeCost.value, 0)} of the cost of always asking ${last}`;
  const { loss } = result;
  if (loss === undefined) return html`${cost}`;
  if (loss.upper < 0) return html`${cost}, and better answers`;
  if (loss.lower <= 0) return html`${cost}, with no loss of quality that could be measured`;
  return html`${cost}, for a quality loss of ${unbrokenPercent(loss.value)}`;
}

function measuredOn({ questions, source, version, judged }: ReportData): Markup {
  const measured = html`${wholeNumber(questions.test)} questions of ${source}`;
  if (judged === undefined)
    return html`Measured on ${measured} on which nothing was fitted, certified or chosen.`;
  const { madeAt, madeFrom, unseen } = judged;
  const made = html`Version <code>${version}</code>, made
    ${madeAt.slice(0, 10)}${madeFrom === undefined ? '' : ` from ${madeFrom}`}`;
  if (unseen)
    return html`${made}, measured on ${measured} that were asked after it was made: nothing was fitted,
    certified or chosen on them.`;
  return html`${made}, measured on ${measured}. It is not known whether it was fitted or chosen on some of
  them; if it was, these figures flatter it.`;
}

function figures({ result, tiers }: ReportData): Markup {
  const { relativeCost, loss, score, lastScore, alwaysLastUsd } = result;
  const last = tiers.at(-1) ?? '';
  const thousand = alwaysLastUsd === undefined ? undefined : alwaysLastUsd * 1000;
  return html`<dl class="figures">
    <div>
      <dt>Relative cost</dt>
      <dd>
        <strong>${unbrokenPercent(relativeCost.value)}</strong>
        ${interval(relativeCost)}
        <p>
          ${thousand === undefined ? html`of always asking ${last}, with every wasted call and paid signal in it` : html`${dollars(thousand * relativeCost.value)} for a thousand questions; always ${last} costs ${dollars(thousand)}`}
        </p>
      </dd>
    </div>
    <div>
      <dt>Quality loss</dt>
      <dd>
        ${
          loss === undefined
            ? html`<strong>not known</strong>
                <p>the answers of ${last} have no scores</p>`
            : html`<strong>${unbrokenPercent(loss.value)}</strong> ${interval(loss)}
                <p>
                  ${score === undefined || lastScore === undefined ? undefined : html`${unbrokenPercent(score)} right; always ${last} would have been ${unbrokenPercent(lastScore)}`}
                </p>`
        }
      </dd>
    </div>
    <div>
      <dt>Answered before ${last}</dt>
      <dd>
        <strong>${unbrokenPercent(1 - (result.servedBy[last] ?? 0))}</strong>
        <p>
          ${tiers.slice(0, -1).map((tier, index) => html`${index > 0 ? ', ' : ''}${unbrokenPercent(result.servedBy[tier] ?? 0)} by ${tier}`)}
        </p>
      </dd>
    </div>
  </dl>`;
}

/** Left out if the value is certain. */
function interval(estimate: Estimate): Content {
  if (estimate.lower === estimate.upper) return undefined;
  return html`<span class="interval">${percentRange(estimate)}</span>`;
}

function promise({
  certificate,
  objective,
  furtherLabels,
  version,
  questions,
  frontier,
  beyondPromise,
}: ReportData): Markup {
  const wanted = html`<p class="wanted">${wish(objective)}</p>`;
  const known =
    version === undefined
      ? undefined
      : html`<div>
          <dt>version</dt>
          <dd><code>${version}</code></dd>
        </div>`;
  if (certificate === undefined) {
    return html`<section class="promise not" aria-labelledby="promise">
      <h2 id="promise">Not certified</h2>
      ${wanted}
      <p>${uncertified(objective, furtherLabels, frontier.questions)}</p>
      ${known === undefined ? undefined : html`<dl>${known}</dl>`}
    </section>`;
  }
  return html`<section class="promise" aria-labelledby="promise">
    <h2 id="promise">Certified</h2>
    ${wanted}
    <p>${unbroken(certificate.sentence)}</p>
    ${beyondPromise === undefined ? undefined : html`<p class="beyond">${unbroken(beyondPromise)}</p>`}
    <dl>
      <div>
        <dt>test</dt>
        <dd>${TESTS[certificate.test]}</dd>
      </div>
      <div>
        <dt>p-value</dt>
        <dd>${certificate.pValue.toPrecision(2)}, allowed ${Number(certificate.level.toPrecision(3))}</dd>
      </div>
      <div>
        <dt>labels</dt>
        <dd>
          ${wholeNumber(certificate.rows)}
          ${isCrossFitted(certificate) ? 'both fit and certify' : `certify${questions.fit === undefined ? '' : `, ${wholeNumber(questions.fit)} fit`}`}
        </dd>
      </div>
      ${known}
    </dl>
  </section>`;
}

const TESTS = {
  exact: 'exact, matched pairs',
  betting: 'betting, graded scores',
  selective: 'Clopper–Pearson, accepted answers',
  'cross-fitted pairs': 'matched pairs, cross-fitted',
  'cross-fitted normal': 'normal, graded scores, cross-fitted',
} as const;

function wish(objective: Objective): string {
  if ('maxQualityLoss' in objective)
    return `Asked for: a quality loss of at most ${shortPercent(objective.maxQualityLoss)}, with ${shortPercent(objective.certainty)} certainty.`;
  if ('budgetUsdPerRequest' in objective)
    return `Asked for: at most $${objective.budgetUsdPerRequest} a request, as good as that can be.`;
  return `Asked for: the best buy where a good answer is worth $${objective.valueOfGoodAnswerUsd}.`;
}

function uncertified(objective: Objective, furtherLabels: number | undefined, certify: number): string {
  if (!('maxQualityLoss' in objective)) return 'A policy made for money promises no quality.';
  const enough = `The ${wholeNumber(certify)} labelled questions that test it do not prove any cheaper policy.`;
  const least = acceptedWithoutError(objective.maxQualityLoss, 1 - objective.certainty);
  if (certify < least)
    return `${enough} It takes at least ${wholeNumber(least)}, even if nothing is ever lost.`;
  return furtherLabels === undefined
    ? enough
    : `${enough} About ${wholeNumber(furtherLabels)} more are expected to be needed.`;
}
