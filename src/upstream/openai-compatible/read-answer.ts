import { memberOf } from '../../defined.ts';
import { isCompletion, type Completion } from '../../protocol/common/chat.ts';
import type { Ends } from '../../wire/json-edit.ts';
import { scanTokens } from '../../wire/scan-tokens.ts';
import { DONE, type SseEvent } from '../../wire/sse.ts';
import type { AnswerSource, WholeReading } from '../dialect.ts';
import { InvalidAnswer } from '../upstream.ts';

/** A whole completion. @throws {InvalidAnswer} where the text is no completion with a message. */
export function readCompletion(
  text: string,
  { upstream }: AnswerSource,
  detail: 'all' | 'signals',
): WholeReading {
  const { value, ends } = parsed(text, upstream, detail);
  if (
    isCompletion(value) &&
    typeof value.choices[0]?.message === 'object' &&
    value.choices[0].message !== null
  )
    return { completion: value, ends };
  throw new InvalidAnswer(
    `Upstream '${upstream}' answered with JSON that is not a chat completion (no choices[0].message).`,
  );
}

function parsed(text: string, upstream: string, detail: 'all' | 'signals'): ParsedAnswer {
  try {
    return detail === 'signals' ? parseAnswer(text) : { value: JSON.parse(text) as unknown, ends: new Map() };
  } catch {
    throw new InvalidAnswer(`Upstream '${upstream}' answered with text that is not whole JSON.`);
  }
}

/** One event of a stream. @throws {InvalidAnswer} where it is neither a chunk nor the end. */
export function readEvent({ data }: SseEvent, upstream: string): Completion | 'done' {
  if (data === DONE) return 'done';
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    throw new InvalidAnswer(`The stream of upstream '${upstream}' holds an event that is not JSON.`);
  }
  if (isCompletion(value)) return value;
  // The error's own words go to the server's log, not to the client.
  if (typeof value === 'object' && value !== null && 'error' in value)
    throw new InvalidAnswer(`The stream of upstream '${upstream}' ended with an error.`, 'upstream_error');
  throw new InvalidAnswer(
    `The stream of upstream '${upstream}' holds an event that is not a chunk of a completion.`,
  );
}

/** A whole answer's JSON. */
export interface ParsedAnswer {
  /** As `JSON.parse` gives it, but that tokens' log-probabilities may lack what no signal is made from. */
  value: unknown;
  /** What is known of the text's long parts: an edit need not walk over them again. */
  ends: Ends;
}

const TOKENS_BEGIN = /"logprobs"\s*:\s*\{\s*"content"\s*:\s*\[/;

/**
 * Parses a whole answer. Its tokens with their log-probabilities, mostly nine tenths of the text, are scanned for what is
 * read of them; a stand-in takes their place while the rest is parsed.
 * @throws {SyntaxError} where the text is no JSON.
 */
export function parseAnswer(text: string): ParsedAnswer {
  const begin = TOKENS_BEGIN.exec(text);
  if (begin !== null) {
    const at = begin.index + begin[0].length - 1;
    const scanned = scanTokens(text, at);
    if (scanned !== undefined) {
      const value: unknown = JSON.parse(`${text.slice(0, at)}${STAND_IN}${text.slice(scanned.end)}`);
      if (putBack(value, scanned.tokens)) return { value, ends: new Map([[at, scanned.end]]) };
    }
  }
  return { value: JSON.parse(text) as unknown, ends: new Map() };
}

/** Not a list of tokens, so that it cannot be taken for one. */
const STAND_IN = '0';

/** @returns false where what was scanned are not the first choice's tokens, but something of the same name elsewhere. */
function putBack(value: unknown, tokens: readonly unknown[]): boolean {
  const logprobs = memberOf(memberOf(memberOf(value, 'choices'), '0'), 'logprobs');
  if (memberOf(logprobs, 'content') !== Number(STAND_IN)) return false;
  return Reflect.set(logprobs as object, 'content', tokens);
}
