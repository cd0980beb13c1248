import { defined, memberOf } from '../../../defined.ts';
import {
  NO_ANSWER,
  NO_QUESTION,
  type LogEntry,
  type LogFormat,
  type LogReading,
  type LogRecord,
} from '../log-format.ts';
import { answerOf, costOf, firstOf, formOf, isRecord, messagesOf, textOf, unpacked } from '../read-values.ts';

/** The output file of the Batch API: the requests are in its input file. */
export const openaiBatch: LogFormat = {
  name: "output of OpenAI's Batch API",
  recognises: (record) => 'custom_id' in record && 'response' in record,
  read(record) {
    const response = record['response'];
    const status = memberOf(response, 'status_code');
    if (!isRecord(response) || (typeof status === 'number' && status !== 200))
      return { problem: 'the request failed' };
    const answer = answerOf(response['body']);
    if (answer === undefined) return { problem: NO_ANSWER };
    const own = unpacked(firstOf(record, ['request', 'body']));
    const messages = messagesOf(isRecord(own) ? (own['body'] ?? own) : undefined);
    const id = textOf(record['custom_id']);
    if (messages === undefined && id !== undefined) return { awaits: id, answer };
    return messages === undefined
      ? { problem: NO_QUESTION }
      : { entry: { messages, answer, form: formOf(own) } };
  },
};

/** The input file of the Batch API: no log, but what an output file lacks. */
export function readBatchRequest(record: LogRecord): (Omit<LogEntry, 'answer'> & { id: string }) | undefined {
  const id = textOf(record['custom_id']);
  const body = unpacked(record['body']);
  const messages = messagesOf(body);
  if (id === undefined || messages === undefined) return undefined;
  return { id, messages, form: formOf(body) };
}

const REQUESTS = ['request', 'request_body', 'requestBody', 'req'];
const RESPONSES = ['response', 'response_body', 'responseBody', 'res', 'completion'];

/** A request beside its response, each as the API has it, perhaps in a `body` of its own or as a JSON text. */
export const openaiPairs: LogFormat = {
  name: 'requests and responses of the OpenAI API',
  recognises: (record) => {
    const [request, response] = sides(record);
    return isRecord(request) && isRecord(response) && firstOf(request, ['messages', 'input']) !== undefined;
  },
  read(record) {
    const [request, response] = sides(record);
    return pair(request, response, record);
  },
};

function sides(record: LogRecord): [request: unknown, response: unknown] {
  const [request, response] = [firstOf(record, REQUESTS), firstOf(record, RESPONSES)].map((side) => {
    const value = unpacked(side);
    const body = unpacked(memberOf(value, 'body'));
    return isRecord(body) ? body : value;
  });
  return [request, response];
}

/** Stored completions: the answer's own fields, and the messages beside them where they were asked for. */
export const openaiStored: LogFormat = {
  name: 'stored completions of OpenAI',
  recognises: (record) => Array.isArray(record['choices']),
  read(record) {
    const asked = firstOf(record, ['messages', 'input']);
    if (asked === undefined)
      return {
        problem:
          'a stored completion lacks its messages; add them as `messages` (GET /v1/chat/completions/ID/messages)',
      };
    const list: unknown = memberOf(asked, 'data') ?? asked;
    return pair({ ...record, messages: list }, record, record);
  },
};

function pair(request: unknown, response: unknown, around: LogRecord): LogReading {
  if (isRecord(memberOf(response, 'error'))) return { problem: 'the request failed' };
  const messages = messagesOf(request);
  if (messages === undefined) return { problem: NO_QUESTION };
  const answer = answerOf(response);
  if (answer === undefined) return { problem: NO_ANSWER };
  const costUsd = costOf(firstOf(around, ['cost', 'cost_usd', 'costUsd']));
  return { entry: { messages, answer: { ...answer, ...defined({ costUsd }) }, form: formOf(request) } };
}

/** Examples for fine-tuning: conversations that end with the assistant's message. */
export const openaiFineTuning: LogFormat = {
  name: 'conversations that end with an answer, as for fine-tuning',
  recognises: (record) => {
    const messages: unknown = record['messages'];
    const last: unknown = Array.isArray(messages) ? messages.at(-1) : undefined;
    return memberOf(last, 'role') === 'assistant' && firstOf(record, PLAIN_ANSWERS) === undefined;
  },
  read(record) {
    const all = record['messages'];
    const messages = messagesOf(Array.isArray(all) ? all.slice(0, -1) : undefined);
    if (messages === undefined) return { problem: NO_QUESTION };
    const answer = answerOf(Array.isArray(all) ? all.at(-1) : undefined);
    return answer === undefined
      ? { problem: NO_ANSWER }
      : { entry: { messages, answer, form: formOf(record) } };
  },
};

const PLAIN_QUESTIONS = ['messages', 'question', 'prompt', 'input', 'instruction', 'query'];
const PLAIN_ANSWERS = ['answer', 'response', 'completion', 'output', 'reply', 'reference'];

/** Any question beside its answer. */
export const plainPairs: LogFormat = {
  name: 'questions with answers',
  recognises: (record) => firstOf(record, PLAIN_QUESTIONS) !== undefined,
  read(record) {
    const asked = firstOf(record, PLAIN_QUESTIONS);
    const messages = messagesOf(asked);
    if (messages === undefined) return { problem: NO_QUESTION };
    const system = textOf(record['system']);
    const whole = system === undefined ? messages : [{ role: 'system', content: system }, ...messages];
    const answer = plainAnswer(firstOf(record, PLAIN_ANSWERS));
    if (answer === undefined) return { problem: NO_ANSWER };
    const facts = {
      model: textOf(record['model']),
      costUsd: costOf(firstOf(record, ['cost', 'cost_usd', 'costUsd'])),
    };
    return { entry: { messages: whole, answer: { ...answer, ...defined(facts) }, form: formOf(record) } };
  },
};

/** An answer that is data and no text is compared as JSON. */
function plainAnswer(value: unknown): LogEntry['answer'] | undefined {
  if (typeof value === 'string') return textOf(value) === undefined ? undefined : { text: value };
  if (typeof value === 'number' || typeof value === 'boolean') return { text: String(value) };
  const read = answerOf(value);
  if (read !== undefined || value === undefined) return read;
  try {
    return { text: JSON.stringify(value) };
  } catch {
    return undefined;
  }
}
