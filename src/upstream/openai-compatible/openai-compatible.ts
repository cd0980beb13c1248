import type { JsonEdit } from '../../wire/json-edit.ts';
import { openAsRead } from '../../wire/repeated-keys.ts';
import {
  answerLimits,
  COMMON_FORMAT,
  type ChatRequest,
  type ClientRequest,
} from '../../protocol/common/chat.ts';
import { ALTERNATIVES, limitOfTier, type AskedTier } from '../asked-tier.ts';
import type { Dialect, WrittenRequest } from '../dialect.ts';
import { isDone } from '../../wire/sse.ts';
import { createHttpUpstream, type ServerApi } from '../transport/http-upstream.ts';
import type { Upstream, UpstreamFailure, UpstreamOptions } from '../upstream.ts';
import { parseModelList } from './model-list.ts';
import { probeAbilities, probeAbility } from './probe-abilities.ts';
import { probeModel } from './probe.ts';
import { openEvents, readCompletion } from './read-answer.ts';
import { failureOfStatus, LOGPROBS, statusOfErrorInside, STREAM_USAGE } from './status-failure.ts';

/** Servers that speak OpenAI's chat completions: llama.cpp, vLLM, Ollama, LM Studio, and most providers. */
export const openAiCompatible: Dialect = {
  name: 'openai',
  format: COMMON_FORMAT,
  passesThrough: true,
  createUpstream: createOpenAiUpstream,
  writeRequest,
  readWhole: readCompletion,
  openStream: openEvents,
  refusesLogprobs: (rejection) => LOGPROBS.test(wordsOf(rejection)),
  refusesStreamUsage: (rejection) => STREAM_USAGE.test(wordsOf(rejection)),
  refusesParameter: (rejection, name) => wordsOf(rejection).includes(name),
  probe: async (upstream, model, signal) =>
    probeAbilities(upstream, model, await probeModel(upstream, model, signal), signal),
  probeAbility,
};

/** The API of OpenAI, as far as sending and receiving needs it. */
export const openAiApi: ServerApi = {
  chatPath: '/chat/completions',
  modelsPath: '/models',
  keyHeaders: (apiKey) => ({ authorization: `Bearer ${apiKey}` }),
  isLast: ({ data }) => isDone(data),
  failureOfStatus,
  statusOfErrorInside,
  parseModels: parseModelList,
};

/** A server that speaks the OpenAI API. @throws {TypeError} where `baseUrl` is no http(s) URL or carries credentials. */
export function createOpenAiUpstream(options: UpstreamOptions): Upstream {
  return createHttpUpstream(options, openAiApi);
}

function wordsOf({ said = '', body = '' }: UpstreamFailure): string {
  return said + JSON.stringify(body);
}

const LIMITS = ['max_tokens', 'max_completion_tokens'] as const;

/** The client's request as one tier is asked: everything that needs no change stays byte for byte. */
function writeRequest(
  { chat, chatText }: Pick<ClientRequest, 'chat' | 'chatText'>,
  tier: AskedTier,
  options: { stream: boolean; logprobs: boolean; isReplaceable?: boolean },
): WrittenRequest {
  const edit = openAsRead(chatText(), chat);
  const dropped: string[] = [];
  edit.set('model', JSON.stringify(tier.model));
  adaptLimit(edit, chat, tier, options.isReplaceable === true);
  if (options.stream) {
    edit.set('stream', 'true');
    if (tier.streamUsage === 'none') {
      // Only what the client wrote itself.
    } else if (chat.stream_options == null) edit.set('stream_options', '{"include_usage":true}');
    else edit.edit('stream_options', (member) => member.set('include_usage', 'true'));
  } else {
    edit.delete('stream');
    edit.delete('stream_options');
  }
  if (options.logprobs) {
    edit.set('logprobs', 'true');
    if ((chat.top_logprobs ?? 0) < ALTERNATIVES) edit.set('top_logprobs', String(ALTERNATIVES));
  } else if (tier.logprobs === 'none' && chat.logprobs === true) {
    edit.delete('logprobs');
    edit.delete('top_logprobs');
    dropped.push('logprobs', ...(chat.top_logprobs == null ? [] : ['top_logprobs']));
  }
  for (const name of tier.dropParams) {
    if (chat[name] !== undefined) dropped.push(name);
    edit.delete(name);
  }
  for (const [name, value] of tier.params) edit.set(name, value);
  return { body: edit.toString(), stream: options.stream, dropped };
}

/** Older servers know `max_tokens` only, newer models of OpenAI the other one only. */
function adaptLimit(edit: JsonEdit, chat: ChatRequest, tier: AskedTier, isReplaceable: boolean): void {
  const { maxTokensField: field, defaultMaxTokens, maxOutputTokens } = tier;
  if (field === undefined && defaultMaxTokens === undefined) return;
  const limits = answerLimits(chat);
  const written = LIMITS.filter((name) => chat[name] != null);
  // A value that OpenAI does not have passes as the client wrote it, unless the model's own limit has to take its place.
  if (limits.length === 0 && written.length > 0 && !(isReplaceable && maxOutputTokens !== undefined)) return;
  const limit = limitOfTier(tier, limits, isReplaceable);
  if (limit === undefined || (field === undefined && limits.length > 0 && limit === Math.min(...limits)))
    return;
  const name = field ?? written[0] ?? 'max_tokens';
  for (const other of LIMITS) if (other !== name) edit.delete(other);
  edit.set(name, String(limit));
}
