import { defined, memberOf } from '../../../defined.ts';
import { NO_ANSWER, NO_QUESTION, type LogFormat } from '../log-format.ts';
import { answerOf, costOf, countOf, firstOf, formOf, messagesOf, textOf, unpacked } from '../read-values.ts';

const KINDS: ReadonlySet<unknown> = new Set(
  'SPAN GENERATION EVENT AGENT TOOL CHAIN RETRIEVER EVALUATOR EMBEDDING GUARDRAIL'.split(' '),
);

/**
 * Observations of Langfuse: exported from its pages, written to blob storage (names with underscores, values as JSON texts), or read
 * from its API (names in camel case).
 */
export const langfuse: LogFormat = {
  name: 'observations of Langfuse',
  recognises: (record) => KINDS.has(record['type']) && ('traceId' in record || 'trace_id' in record),
  read(record) {
    if (record['type'] !== 'GENERATION') return { problem: 'it is another observation than a generation' };
    if (record['level'] === 'ERROR') return { problem: 'the request failed' };
    const messages = messagesOf(record['input']);
    if (messages === undefined) return { problem: NO_QUESTION };
    const answer = answerOf(record['output']);
    if (answer === undefined) return { problem: NO_ANSWER };
    const usage = firstOf(record, ['usageDetails', 'usage_details', 'usage']);
    const costs = firstOf(record, ['costDetails', 'cost_details']);
    const total = firstOf(record, [
      'totalCost',
      'total_cost',
      'calculatedTotalCost',
      'calculated_total_cost',
    ]);
    const parameters = unpacked(firstOf(record, ['modelParameters', 'model_parameters']));
    return {
      entry: {
        messages,
        answer: {
          ...answer,
          ...defined({
            model:
              textOf(firstOf(record, ['providedModelName', 'provided_model_name', 'model'])) ?? answer.model,
            inputTokens:
              countOf(firstOf(usage, ['input', 'promptTokens', 'inputUsage'])) ?? answer.inputTokens,
            outputTokens: countOf(firstOf(usage, ['output', 'completionTokens'])) ?? answer.outputTokens,
            costUsd: costOf(total ?? memberOf(costs, 'total')),
          }),
        },
        form: { ...formOf(parameters), ...formOf(record['input']) },
      },
    };
  },
};
