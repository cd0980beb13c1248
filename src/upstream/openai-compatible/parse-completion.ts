import { isCompletion, type Completion } from '../../protocol/common/chat.ts';
import type { Ends } from '../../wire/json-scan.ts';
import { parseAnswer } from './read-answer.ts';
import { InvalidAnswer } from '../invalid-answer.ts';

/**
 * A whole answer, with what its tokens' signals are made from.
 * @throws {InvalidAnswer} where the text is no completion with a message.
 */
export function parseCompletion(
  text: string,
  tier: { upstream: string },
): { completion: Completion; ends: Ends } {
  const { value, ends } = parsed(text, tier, parseAnswer);
  return { completion: asCompletion(value, tier), ends };
}

/**
 * A short reply, with all of its tokens' alternatives.
 * @throws {InvalidAnswer} as {@link parseCompletion} does.
 */
export function parseReply(text: string, tier: { upstream: string }): Completion {
  return asCompletion(
    parsed(text, tier, (json) => JSON.parse(json) as unknown),
    tier,
  );
}

function parsed<T>(text: string, { upstream }: { upstream: string }, parse: (text: string) => T): T {
  try {
    return parse(text);
  } catch {
    throw new InvalidAnswer(`Upstream '${upstream}' answered with text that is not whole JSON.`);
  }
}

function asCompletion(value: unknown, { upstream }: { upstream: string }): Completion {
  if (
    isCompletion(value) &&
    typeof value.choices[0]?.message === 'object' &&
    value.choices[0].message !== null
  )
    return value;
  throw new InvalidAnswer(
    `Upstream '${upstream}' answered with JSON that is no chat completion (no choices[0].message).`,
  );
}
