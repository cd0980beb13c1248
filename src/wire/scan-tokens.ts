import { scanNumber, type Cursor } from './scan-number.ts';

/** A token of an answer as the signals need it; the alternatives without their names. */
export interface ScannedToken {
  token: string;
  /** Natural logarithm. */
  logprob: number;
  top_logprobs?: { logprob: number }[];
}

/** JSON's own grammar (RFC 8259), without white space: servers send none here. */
const CHARACTERS = String.raw`(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*`;
const COUNT = String.raw`(?:0|[1-9]\d*)`;
const BYTES = String.raw`(?:,"bytes":(?:null|\[(?:${COUNT}(?:,${COUNT})*)?\]))?`;

/** What stands before a log-probability; OpenAI and vLLM put the bytes last, llama.cpp's server before the number. */
const before = (characters: string): RegExp =>
  new RegExp(String.raw`\{(?:"id":${COUNT},)?"token":"${characters}"${BYTES},"logprob":`, 'y');
const BEFORE_TOKENS = before(`(${CHARACTERS})`);
const BEFORE_ALTERNATIVES = before(CHARACTERS);
/** What stands after it, of a token with alternatives and of one without. */
const AFTER_TOKENS = new RegExp(String.raw`${BYTES}(?:,"top_logprobs":(?=\[)|\})`, 'y');
const AFTER_ALTERNATIVES = new RegExp(String.raw`${BYTES}\}`, 'y');

const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const CLOSE_OBJECT = 0x7d;

/**
 * Reads the array of an answer's tokens with their log-probabilities that begins at `at`. Most of such an answer's text is
 * bytes and names of alternatives, which are not needed: without making objects of them this takes about a third as long as
 * `JSON.parse`.
 * @returns the tokens and the place after the array; `undefined` for any text but valid JSON in the spelling that servers
 * use: then it is for `JSON.parse` to say.
 */
export function scanTokens(text: string, at: number): { tokens: ScannedToken[]; end: number } | undefined {
  const tokens: ScannedToken[] = [];
  const place: Cursor = { at };
  do {
    BEFORE_TOKENS.lastIndex = place.at + 1;
    const token = BEFORE_TOKENS.exec(text)?.[1];
    if (token === undefined) return undefined;
    place.at = BEFORE_TOKENS.lastIndex;
    const logprob = scanNumber(text, place);
    if (logprob === undefined || !pass(AFTER_TOKENS, text, place)) return undefined;
    const found: ScannedToken = {
      token: token.includes('\\') ? String(JSON.parse(`"${token}"`)) : token,
      logprob,
    };
    if (text.charCodeAt(place.at) === OPEN_ARRAY) {
      const alternatives = scanAlternatives(text, place);
      if (alternatives === undefined || text.charCodeAt(place.at) !== CLOSE_OBJECT) return undefined;
      found.top_logprobs = alternatives;
      place.at += 1;
    }
    tokens.push(found);
  } while (text.charCodeAt(place.at) === COMMA);
  return text.charCodeAt(place.at) === CLOSE_ARRAY ? { tokens, end: place.at + 1 } : undefined;
}

function scanAlternatives(text: string, place: Cursor): { logprob: number }[] | undefined {
  const alternatives: { logprob: number }[] = [];
  if (text.charCodeAt(place.at + 1) === CLOSE_ARRAY) place.at += 1;
  else {
    do {
      place.at += 1;
      if (!pass(BEFORE_ALTERNATIVES, text, place)) return undefined;
      const logprob = scanNumber(text, place);
      if (logprob === undefined || !pass(AFTER_ALTERNATIVES, text, place)) return undefined;
      alternatives.push({ logprob });
    } while (text.charCodeAt(place.at) === COMMA);
  }
  if (text.charCodeAt(place.at) !== CLOSE_ARRAY) return undefined;
  place.at += 1;
  return alternatives;
}

/** Moves behind what a sticky pattern matches; false where it does not match. */
function pass(pattern: RegExp, text: string, place: Cursor): boolean {
  pattern.lastIndex = place.at;
  if (!pattern.test(text)) return false;
  place.at = pattern.lastIndex;
  return true;
}
