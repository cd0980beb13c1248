import { isObject } from '../../protocol/common/list-of-entries.ts';
import { LAST_EVENTS, RESPONSES_FORMAT } from '../../protocol/common/responses-format.ts';
import { inCommonForm } from '../common-form.ts';
import type { Dialect } from '../dialect.ts';
import { parseModelList } from '../openai-compatible/model-list.ts';
import { probeAbilities, probeAbility } from '../openai-compatible/probe-abilities.ts';
import { probeModel } from '../openai-compatible/probe.ts';
import { failureOfStatus, LOGPROBS } from '../openai-compatible/status-failure.ts';
import { createHttpUpstream, type ServerApi } from '../transport/http-upstream.ts';
import type { UpstreamFailure } from '../upstream.ts';
import { openResponseEvents } from './read-events.ts';
import { readResponse } from './read-response.ts';
import { writeResponsesRequest } from './write-request.ts';

const API: ServerApi = {
  chatPath: '/responses',
  modelsPath: '/models',
  keyHeaders: (apiKey) => ({ authorization: `Bearer ${apiKey}` }),
  isLast: ({ data, name }) => data === '[DONE]' || LAST_EVENTS.has(name ?? typeOf(data)),
  failureOfStatus,
  statusOfErrorInside,
  parseModels: parseModelList,
};

/** Servers that speak OpenAI's Responses. */
export const openAiResponsesDialect: Dialect = {
  name: 'openai-responses',
  format: RESPONSES_FORMAT,
  passesThrough: true,
  createUpstream: (options) => createHttpUpstream(options, API),
  writeRequest: writeResponsesRequest,
  readWhole: (text, from) => readResponse(text, from),
  openStream: openResponseEvents,
  // The API calls it by the name of what is included.
  refusesLogprobs: (rejection) => LOGPROBS.test(wordsOf(rejection)),
  refusesParameter: (rejection, name) => wordsOf(rejection).includes(name),
  async probe(upstream, model, signal) {
    const common = inCommonForm(upstream, openAiResponsesDialect);
    return probeAbilities(common, model, await probeModel(common, model, signal), signal);
  },
  probeAbility: (upstream, tier, need, signal) =>
    probeAbility(inCommonForm(upstream, openAiResponsesDialect), tier, need, signal),
};

function wordsOf({ said = '', body = '' }: UpstreamFailure): string {
  return said + JSON.stringify(body);
}

/** The type of an event whose name the server left out; looked for only where it can be the last. */
function typeOf(data: string): unknown {
  if (!/"response\.(?:completed|incomplete|failed)"/.test(data.slice(0, 200) + data.slice(-200)))
    return undefined;
  return parsed(data)?.['type'];
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** An error that is none is `null`; within a string of JSON the quotes would be escaped. */
const MAY_HAVE_ERROR = /"error"\s*:\s*[{"]|"type"\s*:\s*"error"|"status"\s*:\s*"failed"/;

/** What the codes of errors inside stand for, as statuses. */
const STATUS_OF: Readonly<Record<string, number>> = { rate_limit_exceeded: 429, server_error: 500 };

/** The status that an error inside a 200 stands for; 200 where it names none. `undefined`: there is no error in it. */
function statusOfErrorInside(text: string): number | undefined {
  if (!MAY_HAVE_ERROR.test(text)) return undefined;
  const value = parsed(text);
  const response = value?.['response'];
  const within = isObject(response) ? response : value;
  const isFailed = within?.['status'] === 'failed' || value?.['type'] === 'error';
  const error = within?.['error'] ?? (isFailed ? within : undefined);
  if (error == null) return undefined;
  const code = isObject(error) ? error['code'] : undefined;
  return typeof code === 'string' ? (STATUS_OF[code] ?? 200) : 200;
}
