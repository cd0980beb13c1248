import { isCompletion, type Completion } from '../openai/chat.ts';
import { InvalidAnswer } from './invalid-answer.ts';

/** @throws {InvalidAnswer} where the text is no completion with a message. */
export function parseCompletion(text: string, tier: { upstream: string }): Completion {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidAnswer(`Upstream '${tier.upstream}' answered with text that is not whole JSON.`);
  }
  if (
    isCompletion(value) &&
    typeof value.choices[0]?.message === 'object' &&
    value.choices[0].message !== null
  )
    return value;
  throw new InvalidAnswer(
    `Upstream '${tier.upstream}' answered with JSON that is no chat completion (no choices[0].message).`,
  );
}
