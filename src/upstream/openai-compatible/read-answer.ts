import type { Ends } from '../../wire/json-scan.ts';
import { scanTokens } from '../../wire/scan-tokens.ts';

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

/** No list of tokens, so that it cannot be taken for one. */
const STAND_IN = '0';

/** @returns false where what was scanned are not the first choice's tokens, but something of the same name elsewhere. */
function putBack(value: unknown, tokens: readonly unknown[]): boolean {
  const logprobs = memberOf(memberOf(memberOf(value, 'choices'), '0'), 'logprobs');
  if (memberOf(logprobs, 'content') !== Number(STAND_IN)) return false;
  return Reflect.set(logprobs as object, 'content', tokens);
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (Reflect.get(value, key) as unknown) : undefined;
}
