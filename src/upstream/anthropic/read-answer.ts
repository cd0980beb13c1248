import { memberOf } from '../../defined.ts';
import { entriesOf, membersOf } from '../../wire/json-parts.ts';
import { finishReasonOf, isBlock } from '../../protocol/common/anthropic-format.ts';
import type { Completion, MessagePart, ToolCallPart } from '../../protocol/common/chat.ts';
import { isObject } from '../../protocol/common/list-of-entries.ts';
import type { AnswerSource, WholeReading } from '../dialect.ts';
import { upstreamMessage } from '../openai-compatible/status-failure.ts';
import { withoutTokens } from '../transport/redact.ts';
import { InvalidAnswer } from '../upstream.ts';
import { wireUsageOf } from './usage.ts';

/** A whole message as a completion. @throws {InvalidAnswer} where the text is no message. */
export function readMessage(text: string, { upstream }: AnswerSource): WholeReading {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidAnswer(`Upstream '${upstream}' answered with text that is not whole JSON.`);
  }
  if (memberOf(value, 'type') === 'error') {
    const said = upstreamMessage(value);
    throw new InvalidAnswer(
      `Upstream '${upstream}' answered with an error.`,
      'upstream_error',
      said === undefined ? undefined : withoutTokens(said),
    );
  }
  const content = memberOf(value, 'content');
  if (!isObject(value) || !Array.isArray(content) || !content.every(isObject))
    throw new InvalidAnswer(
      `Upstream '${upstream}' answered with JSON that is not a message of Anthropic's API (no content).`,
    );
  const { id, model, usage } = value;
  return {
    completion: {
      ...(typeof id === 'string' ? { id } : {}),
      object: 'chat.completion',
      created: Math.floor(Date.now() / 1_000),
      ...(typeof model === 'string' ? { model } : {}),
      choices: [
        {
          index: 0,
          message: messageOf(content, text),
          ...endingOf(value),
        },
      ],
      ...usageIn(usage),
    },
  };
}

function usageIn(usage: unknown): Pick<Completion, 'usage'> {
  const counted = wireUsageOf(usage);
  return counted === undefined ? {} : { usage: counted };
}

/** Why it ended; which stop sequence it met has no place in OpenAI's form, and the name that vLLM gave it. */
export function endingOf(value: Readonly<Record<string, unknown>>): {
  finish_reason: string | null;
  stop_reason?: string;
} {
  const { stop_reason: reason, stop_sequence: sequence } = value;
  return {
    finish_reason: typeof reason === 'string' ? finishReasonOf(reason) : null,
    ...(typeof sequence === 'string' ? { stop_reason: sequence } : {}),
  };
}

function messageOf(content: readonly unknown[], text: string): MessagePart {
  let said = '';
  let thought = '';
  const calls: ToolCallPart[] = [];
  let inputs: readonly string[] | undefined;
  for (const [place, block] of content.entries()) {
    if (!isBlock(block)) continue;
    if (block.type === 'text') said += stringOr(block['text']);
    else if (block.type === 'thinking') thought += stringOr(block['thinking']);
    else if (block.type === 'tool_use') {
      inputs ??= entriesOf(membersOf(text).get('content') ?? '[]');
      const input = membersOf(inputs[place] ?? '{}').get('input') ?? '{}';
      calls.push({
        id: stringOr(block['id']),
        type: 'function',
        function: { name: stringOr(block['name']), arguments: input },
      });
    }
  }
  return {
    role: 'assistant',
    content: said === '' && calls.length > 0 ? null : said,
    ...(thought === '' ? {} : { reasoning_content: thought }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}

function stringOr(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
