import { defined } from '../defined.ts';
import type { Attempt, Veto } from '../routing/attempt.ts';
import { cascade, type ModelCall, type Outcome } from '../routing/cascade.ts';
import type { ConfidenceModel } from '../routing/confidence/confidence.ts';
import type { Policy } from '../routing/policy.ts';
import { traceMessages, type Trace } from '../traces/trace.ts';
import { believeAnswer, type LadderTable } from '../learning/table/ladder-table.ts';
import { requestView } from '../recordings/replay-attempt.ts';
import type { ReportRow, Spending, ReportAnswer } from './rows.ts';

/** A policy depends on how many checks failed, not on which; so any one stands for all. */
const FAILED: Veto = 'invalid_json';

/** What a policy does with rows of a table, decided by the same `cascade()` as live traffic; and every tier's answer. */
export function policyRows(
  table: LadderTable,
  rows: readonly number[],
  policy: Policy,
  model: ConfidenceModel,
): ReportRow[] {
  return rows.map((row) => {
    const trace = table.traces[row];
    if (trace === undefined) throw new RangeError(`there is no row ${row} in a table of ${table.count}`);
    const { served, attempts } = decide(table, row, trace, policy, model);
    const tier = served?.tier ?? policy.tiers.length - 1;
    const name = policy.tiers[tier]?.name ?? '';
    return {
      id: trace.id,
      group: trace.group,
      answers: answersOf(table, row, model),
      served: name,
      spent: attempts.flatMap((attempt) => spending(attempt, policy)),
      lastCost: table.answers.at(-1)?.cost[row] ?? NaN,
      ...defined({
        question: askedIn(trace) || undefined,
        answer: trace.attempts[name]?.answer || undefined,
        reference: trace.reference || undefined,
      }),
    };
  });
}

function decide(
  table: LadderTable,
  row: number,
  trace: Trace,
  policy: Policy,
  model: ConfidenceModel,
): Outcome {
  // The position that a budget had moved to is one on another path than this policy's.
  const { position: _, ...view } = requestView(trace, policy);
  const walk = cascade(policy, model, view);
  let step = walk.next();
  while (step.done !== true)
    step = walk.next({ kind: 'attempt', attempt: recorded(table, row, step.value.call) });
  return step.value;
}

/** The recorded answer to a call, or the recorded paid signals. */
function recorded(table: LadderTable, row: number, { callId, tier, about }: ModelCall): Attempt {
  const answers = table.answers[tier];
  const call = { callId, tier, model: table.tiers[tier] ?? '', latencyMs: 0, shown: false };
  if (about === undefined) {
    const vetoes = Array.from({ length: answers?.failedChecks[row] ?? 0 }, () => FAILED);
    const paidSignals = Number.isFinite(answers?.paidCost[row]) ? Object.keys(answers?.paid[row] ?? {}) : [];
    const signals = answers?.signals[row] ?? {};
    return { ...call, vetoes, signals, paidSignals, costNanoUsd: answers?.cost[row] ?? NaN };
  }
  const signals = answers?.paid[row] ?? {};
  return { ...call, about, vetoes: [], signals, costNanoUsd: answers?.paidCost[row] ?? NaN };
}

function spending({ tier, about, costNanoUsd }: Attempt, { tiers }: Policy): Spending[] {
  if (costNanoUsd === undefined) return [];
  return [
    { tier: tiers[tier]?.name ?? '', on: about === undefined ? 'answer' : 'signals', cost: costNanoUsd },
  ];
}

/** By tier, the score of its answer and the model's confidence in it, whether or not the policy asked it. */
function answersOf(table: LadderTable, row: number, model: ConfidenceModel): Record<string, ReportAnswer> {
  const last = table.tiers.length - 1;
  return Object.fromEntries(
    table.tiers.map((tier, index): [string, ReportAnswer] => {
      const { paid, score } = table.answers[index] ?? {};
      const bought = paid?.[row];
      const belief = index === last ? undefined : believeAnswer(model, table, row, { tier: index });
      const paidBelief =
        index === last || bought === undefined || model.tiers?.[tier]?.paid === undefined
          ? undefined
          : believeAnswer(model, table, row, { tier: index, paid: true });
      // If the last tier's answers have no scores, the table counts them as right; that is not a score.
      const known = index === last && !table.lastLabelled ? undefined : score?.[row];
      return [
        tier,
        defined({
          confidence: belief?.confidence,
          paidConfidence: paidBelief?.confidence,
          score: Number.isNaN(known) ? undefined : known,
        }),
      ];
    }),
  );
}

/** The last message to the models, if it is text. */
function askedIn(trace: Trace): string | undefined {
  const content = traceMessages(trace).at(-1)?.['content'];
  return typeof content === 'string' ? content : undefined;
}
