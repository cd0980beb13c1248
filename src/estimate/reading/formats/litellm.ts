import { defined } from '../../../defined.ts';
import { NO_ANSWER, NO_QUESTION, type LogFormat } from '../log-format.ts';
import {
  answerOf,
  costOf,
  countOf,
  firstOf,
  formOf,
  isRecord,
  messagesOf,
  textOf,
  unpacked,
} from '../read-values.ts';

/** Where LiteLLM has shortened a text that it kept. */
const SHORTENED = 'litellm_truncated';

/**
 * LiteLLM's spend logs, and the payload that it gives to logging callbacks. Spend logs have the request in
 * `proxy_server_request`; `messages` is often an empty object there.
 */
export const litellm: LogFormat = {
  name: 'logs of LiteLLM',
  recognises: (record) =>
    'call_type' in record || ('request_id' in record && 'spend' in record && 'response' in record),
  read(record) {
    const kind = textOf(record['call_type']) ?? 'completion';
    if (!/^a?(?:text_)?completion$|^a?responses$/.test(kind)) return { problem: 'it is no chat' };
    if (record['status'] === 'failure') return { problem: 'the request failed' };
    const request = requestOf(record);
    const messages = messagesOf(record['messages']) ?? messagesOf(request);
    const answer = answerOf(record['response']);
    if (messages === undefined && answer === undefined)
      return { problem: 'its texts were not kept (`store_prompts_in_spend_logs` of LiteLLM)' };
    if (messages === undefined) return { problem: NO_QUESTION };
    if (answer === undefined) return { problem: NO_ANSWER };
    if (isShortened(messages) || isShortened(answer)) return { problem: 'LiteLLM has shortened its texts' };
    return {
      entry: {
        messages,
        answer: {
          ...answer,
          ...defined({
            model: textOf(record['model']) ?? answer.model,
            inputTokens: countOf(record['prompt_tokens']) ?? answer.inputTokens,
            outputTokens: countOf(record['completion_tokens']) ?? answer.outputTokens,
            costUsd: costOf(firstOf(record, ['spend', 'response_cost'])),
          }),
        },
        form: formOf(request ?? record['model_parameters']),
      },
    };
  },
};

/** The body of the client's request, which some versions keep inside another object. */
function requestOf(record: Readonly<Record<string, unknown>>): unknown {
  const kept = unpacked(record['proxy_server_request']);
  if (!isRecord(kept)) return undefined;
  const body = unpacked(kept['body']);
  return isRecord(body) ? body : kept;
}

function isShortened(value: unknown): boolean {
  try {
    return JSON.stringify(value).includes(SHORTENED);
  } catch {
    // Nested deeper than can be written: no conversation is.
    return true;
  }
}
