import { defined, memberOf } from '../../defined.ts';
import type { Completion, ToolCallPart, WireUsage } from '../../protocol/common/chat.ts';
import { UpstreamError } from '../upstream.ts';
import type { ProviderFacts, SdkFinish, SdkResult, SdkToolCall, SdkUsage } from './sdk-types.ts';

/** What an answer is known by. */
export interface AnswerHead {
  upstream: string;
  model: string;
  id: string;
}

/** A whole answer in the common form. @throws {UpstreamError} where the provider gave it up. */
export function completionOfResult(
  { content, finishReason, usage, response }: SdkResult,
  head: AnswerHead,
): Completion {
  let said = '';
  let thought = '';
  const calls: ToolCallPart[] = [];
  for (const part of content) {
    if (part.type === 'text') said += part.text;
    else if (part.type === 'reasoning') thought += part.text;
    else if (part.type === 'tool-call' && part.providerExecuted !== true) calls.push(toolCallOf(part));
  }
  const counted = usageOfSdk(usage);
  return {
    id: response?.id ?? head.id,
    object: 'chat.completion',
    created: now(),
    model: head.model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: said === '' && calls.length > 0 ? null : said,
          ...(thought === '' ? {} : { reasoning_content: thought }),
          ...(calls.length === 0 ? {} : { tool_calls: calls }),
        },
        finish_reason: finishOf(finishReason, head.upstream) ?? null,
      },
    ],
    ...(counted === undefined ? {} : { usage: counted }),
  };
}

/** Seconds since the epoch. */
export function now(): number {
  return Math.floor(Date.now() / 1_000);
}

/** A call, with the signature of the thinking before it where there is one: Gemini wants it back. */
export function toolCallOf({ toolCallId, toolName, input, providerMetadata }: SdkToolCall): ToolCallPart {
  return {
    id: toolCallId,
    type: 'function',
    function: { name: toolName, arguments: input },
    ...extraContent(providerMetadata),
  };
}

/** In the place where Google's own translation to OpenAI's form has it. */
export function extraContent(facts: ProviderFacts | undefined): { extra_content?: object } {
  const known = facts?.['google'] ?? facts?.['googleVertex'] ?? facts?.['vertex'];
  const signature = memberOf(known, 'thoughtSignature');
  return typeof signature === 'string' ? { extra_content: { google: { thought_signature: signature } } } : {};
}

const FINISH: Readonly<Record<string, string>> = {
  stop: 'stop',
  length: 'length',
  'content-filter': 'content_filter',
  'tool-calls': 'tool_calls',
};

/** Why an answer ended, in OpenAI's words; `undefined` where the provider has not said so. @throws {UpstreamError} */
export function finishOf({ unified, raw }: SdkFinish, upstream: string): string | undefined {
  const known = FINISH[unified];
  if (known !== undefined) return known;
  if (raw === undefined) return undefined;
  if (/context_window/.test(raw)) return 'length';
  throw new UpstreamError({
    code: 'upstream_error',
    message: `Upstream '${upstream}' gave up its answer (${raw.slice(0, 60)}).`,
    safeToRepeat: false,
  });
}

/** Tokens in OpenAI's names; `undefined` where the sums are not known. */
export function usageOfSdk({ inputTokens, outputTokens }: SdkUsage): WireUsage | undefined {
  const [input, output] = [inputTokens.total, outputTokens.total];
  if (input === undefined || output === undefined) return undefined;
  const read = defined({
    cached_tokens: inputTokens.cacheRead,
    cache_write_tokens: inputTokens.cacheWrite,
  });
  const { reasoning } = outputTokens;
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    ...(Object.keys(read).length === 0 ? {} : { prompt_tokens_details: read }),
    ...(reasoning === undefined ? {} : { completion_tokens_details: { reasoning_tokens: reasoning } }),
  };
}
