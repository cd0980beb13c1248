import { COMMON_FORMAT } from '../../protocol/common/client-request.ts';
import { DONE } from '../../wire/sse.ts';
import type { Dialect } from '../dialect.ts';
import { createHttpUpstream, type ServerApi } from '../transport/http-upstream.ts';
import type { Upstream, UpstreamOptions } from '../upstream.ts';
import { parseModelList } from './model-list.ts';
import { probeModel } from './probe.ts';
import { readCompletion, readEvent } from './read-answer.ts';
import { failureOfStatus, statusOfErrorInside } from './status-failure.ts';
import { writeRequest } from './write-request.ts';

/** Servers that speak OpenAI's chat completions: llama.cpp, vLLM, Ollama, LM Studio, and most providers. */
export const openAiCompatible: Dialect = {
  name: 'openai',
  format: COMMON_FORMAT,
  createUpstream: createOpenAiUpstream,
  writeRequest,
  readWhole: readCompletion,
  openStream:
    ({ upstream }) =>
    (event) =>
      readEvent(event, upstream),
  refusesLogprobs: ({ said = '', body = '' }) => /logprob/i.test(said + JSON.stringify(body)),
  probe: probeModel,
};

const API: ServerApi = {
  chatPath: '/chat/completions',
  modelsPath: '/models',
  keyHeaders: (apiKey) => ({ authorization: `Bearer ${apiKey}` }),
  isLast: ({ data }) => data === DONE,
  failureOfStatus,
  statusOfErrorInside,
  parseModels: parseModelList,
};

/** A server that speaks the OpenAI API. @throws {TypeError} where `baseUrl` is no http(s) URL or carries credentials. */
export function createOpenAiUpstream(options: UpstreamOptions): Upstream {
  return createHttpUpstream(options, API);
}
