import { defined } from '../defined.ts';
import type { HardQuestion, HardQuestions, ReportData } from './report-data.ts';
import type { ReportRow } from './rows.ts';

/** A confidence that a reader would rely on. */
const SURE_FROM = 0.8;

/** How many questions of a kind are listed. */
const SHOWN = 12;

/** A score under this is a wrong answer. */
const RIGHT_FROM = 0.5;

/** The questions that even the last tier gets wrong, and those whose served answer was wrong with high confidence. */
export function hardestQuestions(
  rows: readonly ReportRow[],
  tiers: readonly string[],
): ReportData['hardest'] {
  const last = tiers.at(-1) ?? '';
  const isWrong = (score: number | undefined): boolean => score !== undefined && score < RIGHT_FROM;
  const nobody = rows
    .filter((row) => isWrong(row.answers[last]?.score))
    .map((row) => ({ row, right: tiers.filter((tier) => !isWrong(row.answers[tier]?.score)).length }))
    .toSorted((a, b) => a.right - b.right || (greatest(b.row) ?? 0) - (greatest(a.row) ?? 0))
    .map(({ row }) => row);
  const sure = rows
    .filter((row) => isWrong(row.answers[row.served]?.score) && (servedConfidence(row) ?? 0) >= SURE_FROM)
    .toSorted((a, b) => (servedConfidence(b) ?? 0) - (servedConfidence(a) ?? 0));
  return {
    nobodyRight: first(nobody, last),
    confidentlyWrong: first(sure, last),
    sureFrom: SURE_FROM,
  };
}

function first(rows: readonly ReportRow[], last: string): HardQuestions {
  return { count: rows.length, shown: rows.slice(0, SHOWN).map((row) => hardQuestion(row, last)) };
}

function hardQuestion(row: ReportRow, last: string): HardQuestion {
  const { id, group, served, question, answer, reference } = row;
  return defined({
    id,
    group,
    served,
    confidence: servedConfidence(row),
    servedScore: row.answers[served]?.score,
    lastScore: row.answers[last]?.score,
    question: cut(question),
    answer: cut(answer),
    reference: cut(reference),
  });
}

/** A whole document in a prompt would fill the page. */
const LONGEST = 4_000;

function cut(text: string | undefined): string | undefined {
  if (text === undefined || text.length <= LONGEST) return text;
  return `${text.slice(0, LONGEST).toWellFormed()} […]`;
}

/** The confidence with which the answer was served: with paid signals if they were bought. */
function servedConfidence({ answers, served, spent }: ReportRow): number | undefined {
  const answer = answers[served];
  const bought = spent.some(({ tier, on }) => tier === served && on === 'signals');
  return (bought ? answer?.paidConfidence : undefined) ?? answer?.confidence;
}

/** The greatest confidence that any tier had. */
function greatest({ answers }: ReportRow): number | undefined {
  return Object.values(answers).reduce<number | undefined>(
    (most, { confidence }) => (confidence === undefined || confidence <= (most ?? -1) ? most : confidence),
    undefined,
  );
}
