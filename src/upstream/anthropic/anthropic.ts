import { ANTHROPIC_FORMAT, ANTHROPIC_VERSION } from '../../protocol/common/anthropic-format.ts';
import { callInCommonForm } from '../common-form.ts';
import type { Dialect } from '../dialect.ts';
import { parseModelList } from '../openai-compatible/model-list.ts';
import { probeAbilities, probeAbility } from '../openai-compatible/probe-abilities.ts';
import { createHttpUpstream, type ServerApi } from '../transport/http-upstream.ts';
import { wrapUpstream, type Upstream } from '../upstream.ts';
import { probeMessages } from './probe.ts';
import { readMessage } from './read-answer.ts';
import { isMessageStop, openMessageEvents } from './read-events.ts';
import { failureOfRefusal, statusOfErrorWithin } from './refusals.ts';
import { messagesCounting, writeMessagesRequest } from './write-request.ts';

/** Servers that speak Anthropic's Messages: Anthropic itself, and whoever offers its API. */
export const anthropic: Dialect = {
  name: 'anthropic',
  format: ANTHROPIC_FORMAT,
  logprobs: 'none',
  // Every model of the API can write as much.
  defaultMaxTokens: 8_192,
  createUpstream: (options) => createHttpUpstream(options, API),
  writeRequest: writeMessagesRequest,
  readWhole: readMessage,
  openStream: openMessageEvents,
  refusesLogprobs: () => false,
  refusesParameter: ({ said = '' }, name) => said.includes(name),
  counting: messagesCounting,
  probe: async (upstream, model, signal) => {
    const probe = await probeMessages(upstream, model, signal);
    return probeAbilities(inCommonForm(upstream), model, probe, signal);
  },
  probeAbility: (upstream, tier, need, signal) => probeAbility(inCommonForm(upstream), tier, need, signal),
};

const API: ServerApi = {
  chatPath: '/messages',
  modelsPath: '/models',
  defaultHeaders: { 'anthropic-version': ANTHROPIC_VERSION },
  keyHeaders: (apiKey) => ({ 'x-api-key': apiKey }),
  isLast: isMessageStop,
  failureOfStatus: failureOfRefusal,
  statusOfErrorInside: statusOfErrorWithin,
  parseModels: parseModelList,
};

/** The server as the questions about abilities take it. */
function inCommonForm(upstream: Upstream): Upstream {
  return wrapUpstream(upstream, { chat: (request) => callInCommonForm(upstream, anthropic, request) });
}
