import { memberOf } from '../../defined.ts';
import { fitToolId } from '../../protocol/common/anthropic-format.ts';
import type { ChatRequest } from '../../protocol/common/chat.ts';
import { isObject } from '../../protocol/common/list-of-entries.ts';
import { cannotBeSaid } from './cannot-be-said.ts';
import { partsOf } from './content-parts.ts';
import type { CallPart, PromptMessage, ResultPart, UserPart } from './sdk-types.ts';

type ChatMessage = ChatRequest['messages'][number];

const SYSTEM: ReadonlySet<string> = new Set(['system', 'developer']);

/**
 * A conversation of the common form as the AI SDK takes it. What the system says in the middle of it goes to the beginning:
 * the providers take it nowhere else.
 * @throws {UpstreamError} where an answer would depend on what cannot be said.
 */
export function sdkPrompt(messages: ChatRequest['messages'], upstream: string): PromptMessage[] {
  const prompt: PromptMessage[] = messages
    .filter(({ role }) => SYSTEM.has(role))
    .map(({ content }) => ({ role: 'system', content: wordsOf(content, upstream) }));
  /** The name of each tool that was called, by the call's id: results do not say it. */
  const called = new Map<string, string>();
  for (const message of messages) {
    const { role, content } = message;
    if (SYSTEM.has(role)) continue;
    const before = prompt.at(-1);
    if (role === 'user') prompt.push({ role, content: partsOf(content, upstream) });
    else if (role === 'assistant') prompt.push({ role, content: saidBefore(message, upstream, called) });
    else if (role === 'tool') {
      const result = resultOf(message, upstream, called);
      // The results of one turn belong together.
      if (before?.role === 'tool') before.content.push(result);
      else prompt.push({ role, content: [result] });
    } else throw cannotBeSaid(upstream, `a message of the role '${role.slice(0, 40)}'`);
  }
  return prompt.filter(({ content }) => content.length > 0);
}

function wordsOf(content: unknown, upstream: string): string {
  const parts = partsOf(content, upstream);
  return parts
    .map((part) => {
      if (part.type !== 'text') throw cannotBeSaid(upstream, "a file among the system's words");
      return part.text;
    })
    .join('\n');
}

function saidBefore(
  { content, refusal, tool_calls: calls, function_call: old, audio }: ChatMessage,
  upstream: string,
  called: Map<string, string>,
): (UserPart | CallPart)[] {
  if (old != null) throw cannotBeSaid(upstream, 'a `function_call`; use `tools`');
  if (audio != null) throw cannotBeSaid(upstream, 'sounds that it made');
  const parts: (UserPart | CallPart)[] = partsOf(content, upstream);
  if (typeof refusal === 'string' && refusal !== '') parts.push({ type: 'text', text: refusal });
  for (const call of Array.isArray(calls) ? (calls as unknown[]) : []) {
    const part = callPart(call, upstream);
    called.set(part.toolCallId, part.toolName);
    parts.push(part);
  }
  return parts;
}

function callPart(call: unknown, upstream: string): CallPart {
  const described = memberOf(call, 'function');
  if (!isObject(described)) throw cannotBeSaid(upstream, 'a call of a tool that takes text');
  const signature = memberOf(memberOf(memberOf(call, 'extra_content'), 'google'), 'thought_signature');
  const facts = typeof signature === 'string' ? { thoughtSignature: signature } : undefined;
  return {
    type: 'tool-call',
    toolCallId: fitToolId(textOr(memberOf(call, 'id'))),
    toolName: textOr(described['name']),
    input: inputOf(textOr(described['arguments'])),
    ...(facts === undefined
      ? {}
      : { providerOptions: { google: facts, googleVertex: facts, vertex: facts } }),
  };
}

/** The arguments as an object: providers take nothing else. */
function inputOf(given: string): unknown {
  if (given.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(given);
    if (isObject(value)) return value;
  } catch {
    // What a model wrote in their place.
  }
  return { arguments: given };
}

function resultOf(
  { content, tool_call_id: id }: ChatMessage,
  upstream: string,
  called: ReadonlyMap<string, string>,
): ResultPart {
  const parts = partsOf(content, upstream);
  const toolCallId = fitToolId(textOr(id));
  const words = parts.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  return {
    type: 'tool-result',
    toolCallId,
    toolName: called.get(toolCallId) ?? 'unknown',
    output:
      words.length === parts.length
        ? { type: 'text', value: words.join('\n') }
        : { type: 'content', value: parts },
  };
}

function textOr(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
