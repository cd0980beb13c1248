import { defined } from '../defined.ts';
import { lastUserMessage } from '../traces/question-text.ts';
import { traceMessages } from '../traces/trace.ts';
import type { AnswerKind } from './answer-kind.ts';
import type { ComparedRow } from './compare-row.ts';
import { agreementOf, lossOfServingAll, type AgreementFigures, type LossFigures } from './figures.ts';
import { EXPECTED_LABELS, expectSaving, type ExpectedSaving } from './saving/expect-saving.ts';
import { priceRows, type PricedModels, type PricedRows } from './saving/price-rows.ts';

/** What a sample of a log says of a small model, before anything is risked. */
export interface EstimateReport {
  agreement: AgreementFigures;
  /** Absent where fewer than twenty questions have scores of both answers. */
  loss?: LossFigures;
  saving?: SavingFigures;
  /** Where the two differ most: answers that differ for certain, those first of which the small model was surest. */
  differing: Differing[];
}

export interface SavingFigures extends Pick<PricedRows, 'basis' | 'relativePrice'> {
  /** Audited requests that the certificate is expected to rest on: some are fitted on, the others certify. */
  labels: { fit: number; certify: number };
  certainty: number;
  /** What tells which answers are lost: scores of all of them, or agreement, with a judge's verdicts if there are any. */
  judgedBy: 'scores' | 'agreement';
  promises: ExpectedSaving[];
}

export interface Differing {
  id: string;
  kind: AnswerKind;
  question: string;
  recorded: string;
  small: string;
  /** The checks that the small model's answer fails. */
  vetoes: readonly string[];
}

export interface EstimatingOptions extends PricedModels {
  maxLosses: readonly number[];
  certainty: number;
  seed: number;
}

const MOST_DIFFERING = 10;

/** Pure; takes seconds. @param rows at least one. */
export function estimateOf(rows: readonly ComparedRow[], options: EstimatingOptions): EstimateReport {
  const { maxLosses, certainty, seed } = options;
  const priced = priceRows(rows, options);
  const promises = expectSaving({ ...priced, maxLosses, certainty, seed });
  const { basis, relativePrice } = priced;
  const saving: SavingFigures | undefined = promises && {
    basis,
    ...defined({ relativePrice }),
    labels: EXPECTED_LABELS,
    certainty,
    judgedBy: rows.every(({ loss }) => loss !== undefined) ? 'scores' : 'agreement',
    promises,
  };
  return {
    agreement: agreementOf(rows),
    ...defined({ loss: lossOfServingAll(rows), saving }),
    differing: differingMost(rows, options),
  };
}

function differingMost(
  rows: readonly ComparedRow[],
  { small, recorded }: Pick<PricedModels, 'small' | 'recorded'>,
): Differing[] {
  return rows
    .filter(({ sameness, verdict = 1 }) => sameness === 'different' || verdict < 1)
    .map((row) => ({ row, sureness: surenessOf(row, small) }))
    .toSorted((one, other) => other.sureness - one.sureness)
    .slice(0, MOST_DIFFERING)
    .map(({ row: { trace, kind, vetoes } }) => ({
      id: trace.id,
      kind,
      question: lastUserMessage(traceMessages(trace)) ?? '',
      recorded: saidBy(trace.attempts[recorded]),
      small: saidBy(trace.attempts[small]),
      vetoes,
    }));
}

/** The mean log-probability of the answer's tokens; answers without any come last, and those that fail a check after them. */
function surenessOf({ trace, vetoes }: ComparedRow, small: string): number {
  if (vetoes.length > 0) return -Infinity;
  const tokens = trace.attempts[small]?.tokens ?? [];
  if (tokens.length === 0) return -Number.MAX_VALUE;
  return tokens.reduce((sum, { lp }) => sum + lp, 0) / tokens.length;
}

function saidBy(attempt: ComparedRow['trace']['attempts'][string] | undefined): string {
  const calls = (attempt?.toolCalls ?? []).map(({ name, arguments: text }) => `${name}(${text})`);
  return [attempt?.answer ?? '', ...calls].filter((text) => text !== '').join(' ');
}
