import { ANSWER_KINDS } from '../../estimate/answer-kind.ts';
import type { EstimateReport, SavingFigures } from '../../estimate/estimate.ts';
import type { CountedShare } from '../../estimate/figures.ts';
import type { PlannedCalls } from '../../estimate/plan-costs.ts';
import type { LogSample } from '../../estimate/reading/sample-log.ts';
import { counted } from '../../format/counted.ts';
import { nanoDollars } from '../../format/money.ts';
import { exactPercent, percent } from '../../format/percent.ts';
import { textTable } from '../common/output.ts';
import type { EstimateResult } from './estimate-run.ts';
import type { SmallModel } from './estimate-model.ts';

/** What is about to be asked, and what that costs. */
export interface Plan {
  small: SmallModel;
  recorded: string;
  out: string;
  /** Answers that are there already. */
  known: number;
  questions: PlannedCalls;
  judge?: { key: string; address: string };
  judging?: { expected: PlannedCalls; most: PlannedCalls };
}

const MOST_SHOWN = 20;

/** One line of text, cut where it is long: what a terminal shows of a log. */
export function oneLine(text: string, most: number): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`;
}

export function sampleInWords(
  log: string,
  { traces, usable, formats, problems }: LogSample,
  { seed }: { seed: number },
): string[] {
  const kinds = formats.map(({ name, records }) => `${name} (${records})`).join(', ');
  const drawn =
    traces.length < usable ? `${traces.length} of them drawn at random (seed ${seed})` : 'all of them';
  return [
    `${log}: ${counted(usable, 'request')} with an answer, ${drawn}.${kinds === '' ? '' : ` Found: ${kinds}.`}`,
    ...problems
      .slice(0, MOST_SHOWN)
      .map(
        ({ problem, count, line }) =>
          `Not used: ${counted(count, 'record')}, first in line ${line}: ${problem}.`,
      ),
  ];
}

export function planInWords({ small, recorded, out, known, questions, judge, judging }: Plan): string[] {
  const { calls, inputTokens, outputTokens, mostOutputTokens } = questions;
  const before = known === 0 ? '' : ` ${counted(known, 'answer')} of earlier runs are used again.`;
  return [
    ...(small.found === undefined ? [] : [small.found]),
    `Will ask ${small.name} at ${small.address} ${counted(calls, 'question')}: about ${inputTokens} tokens in and ${outputTokens} out, at most ${mostOutputTokens} out.${before}`,
    ...(calls === 0 ? [] : [`Cost: ${costInWords(questions, small.name, '--price')}`]),
    ...(judge === undefined || judging === undefined
      ? []
      : [
          `Then ${judge.key} at ${judge.address} judges, twice each, answers that are not known to be the same as the recorded ones: about ${counted(judging.expected.calls, 'call')}, at most ${judging.most.calls}. Cost: ${costInWords(
            { ...judging.most, ...expectedOf(judging.expected) },
            judge.key,
            '`models.*.price`',
          )}`,
        ]),
    `The questions go there and nowhere else. Compared with the answers of ${recorded}; kept in ${out}.`,
  ];
}

function expectedOf({ expectedNanoUsd }: PlannedCalls): Pick<PlannedCalls, 'expectedNanoUsd'> {
  return expectedNanoUsd === undefined ? {} : { expectedNanoUsd };
}

function costInWords({ expectedNanoUsd, mostNanoUsd }: PlannedCalls, name: string, where: string): string {
  if (expectedNanoUsd === undefined || mostNanoUsd === undefined)
    return `not known, because no price of ${name} is known (${where}).`;
  return `about ${nanoDollars(expectedNanoUsd)}, at most ${nanoDollars(mostNanoUsd)}.`;
}

/** One mistake once. */
export function failuresInWords(failures: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const failure of failures) counts.set(failure, (counts.get(failure) ?? 0) + 1);
  return [...counts]
    .slice(0, MOST_SHOWN)
    .map(([message, count]) => `Without an answer or verdict: ${count}. ${oneLine(message, 300)}`);
}

export interface Told {
  report: EstimateReport;
  small: string;
  recorded: string;
  result: EstimateResult;
  seconds: number;
}

export function estimateInWords({ report, small, recorded, result, seconds }: Told): string[] {
  const { agreement, loss, saving, differing } = report;
  const { same, different, unknown, judged } = agreement;
  const kinds = Object.entries(agreement.byKind);
  return [
    `${small} says the same as ${recorded} in ${shareInWords(same)} of ${counted(agreement.questions, 'request')}; something else in ${shareInWords(different)}; in ${shareInWords(unknown)} it is not known.`,
    ...(judged === undefined
      ? []
      : [`Of those not known, a judge compared ${judged.compared} and called ${judged.asGood} as good.`]),
    '',
    ...textTable(
      ['kind', 'compared', 'requests', 'same', 'different', 'not known'],
      kinds.map(([kind, counts]) => [
        kind,
        // The keys are those of the table of kinds.
        ANSWER_KINDS[kind as keyof typeof ANSWER_KINDS],
        ...[counts.questions, counts.same, counts.different, counts.unknown].map(String),
      ]),
    ),
    '',
    loss === undefined
      ? `What serving every answer of ${small} would lose is not known, because no scores are. Where the two say the same, nothing is lost.`
      : `If every answer of ${small} were served, ${percent(loss.value)} of the quality would be lost (${range(loss)}), by the scores of ${counted(loss.questions, 'request')}.`,
    ...(saving === undefined
      ? ['For a saving, at least twenty requests are needed.']
      : savingInWords(saving, small)),
    ...(differing.length === 0 ? [] : ['', 'Where they differ most:']),
    ...differing.flatMap(({ id, question, recorded: was, small: is, vetoes }, index) => [
      `${index + 1}. ${id}: ${oneLine(question, 100)}`,
      `   ${recorded}: ${oneLine(was, 80)}`,
      `   ${small}: ${oneLine(is, 80)}${vetoes.length === 0 ? '' : ` (${vetoes.join(', ')})`}`,
    ]),
    '',
    `Intervals are 98 %. ${counted(result.asked, 'new answer')} in ${Math.round(seconds)} s${result.spentNanoUsd === undefined ? '' : `, for ${nanoDollars(result.spentNanoUsd)}`}.`,
  ];
}

function savingInWords(saving: SavingFigures, small: string): string[] {
  const { promises, labels, certainty, judgedBy, basis, relativePrice } = saving;
  const all = labels.fit + labels.certify;
  return [
    ...(relativePrice === undefined
      ? []
      : [`An answer of ${small} costs ${percent(relativePrice)} of a recorded one.`]),
    ...promises.map(
      ({ maxLoss, saved }) =>
        `A certified policy is likely to save about ${percent(saved.value, 0)} (${range(saved)}) at a loss of at most ${exactPercent(maxLoss)} (certainty ${exactPercent(certainty)}), once ${all} requests were audited.`,
    ),
    judgedBy === 'scores'
      ? 'This is by the scores of the answers.'
      : 'No scores are known, so this assumes that 40 to 75 % of the answers that differ lose a right one, and 10 to 40 % of those not known.',
    ...(basis === 'costs' ? [] : [BASES[basis](small)]),
  ];
}

const BASES = {
  large: (small: string) => `What ${small} costs is not known and not counted: give it with --price.`,
  calls: (small: string) =>
    `What recorded answers cost is not known, so the saving is the share of calls that ${small} spares; what it costs itself is not counted. Give prices with --recorded-price and --price.`,
};

function shareInWords({ value, ...interval }: CountedShare): string {
  return `${percent(value)} (${range(interval)})`;
}

function range({ lower, upper }: { lower: number; upper: number }): string {
  return `${percent(lower, 0).replace(' %', '')}–${percent(upper, 0)}`;
}
