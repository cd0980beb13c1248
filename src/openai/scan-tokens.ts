/** A token of an answer as the signals need it; the alternatives without their names. */
export interface ScannedToken {
  token: string;
  /** Natural logarithm. */
  logprob: number;
  top_logprobs?: { logprob: number }[];
}

/** JSON's own grammar (RFC 8259), without white space: servers send none here. */
const CHARACTERS = String.raw`(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*`;
const NUMBER = String.raw`-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?`;
const COUNT = String.raw`(?:0|[1-9]\d*)`;
const BYTES = String.raw`,"bytes":(?:null|\[(?:${COUNT}(?:,${COUNT})*)?\])`;

/** What a token and an alternative begin with; OpenAI and vLLM put the bytes last, llama.cpp's server before the number. */
const entry = (characters: string): string =>
  String.raw`\{(?:"id":${COUNT},)?"token":"${characters}"(?:${BYTES})?,"logprob":(${NUMBER})(?:${BYTES})?`;
const TOKEN = new RegExp(`${entry(`(${CHARACTERS})`)}(,"top_logprobs":\\[)?`, 'y');
const ALTERNATIVE = new RegExp(String.raw`${entry(CHARACTERS)}\}`, 'y');

const COMMA = 0x2c;
const CLOSE_ARRAY = 0x5d;
const CLOSE_OBJECT = 0x7d;

/**
 * Reads the array of an answer's tokens with their log-probabilities that begins at `at`. Most of such an answer's text is
 * bytes and names of alternatives, which nobody reads: without objects made of them this takes half as long as `JSON.parse`.
 * @returns the tokens and the place after the array; `undefined` for any text but valid JSON in the spelling that servers
 * use: then it is for `JSON.parse` to say.
 */
export function scanTokens(text: string, at: number): { tokens: ScannedToken[]; end: number } | undefined {
  const tokens: ScannedToken[] = [];
  let place = at;
  do {
    TOKEN.lastIndex = place + 1;
    const [, token, logprob, hasAlternatives] = TOKEN.exec(text) ?? [];
    if (token === undefined) return undefined;
    place = TOKEN.lastIndex;
    const found: ScannedToken = {
      token: token.includes('\\') ? String(JSON.parse(`"${token}"`)) : token,
      logprob: Number(logprob),
    };
    if (hasAlternatives !== undefined) {
      const scanned = scanAlternatives(text, place - 1);
      if (scanned === undefined) return undefined;
      found.top_logprobs = scanned.alternatives;
      place = scanned.end;
    }
    tokens.push(found);
    if (text.charCodeAt(place) !== CLOSE_OBJECT) return undefined;
    place += 1;
  } while (text.charCodeAt(place) === COMMA);
  return text.charCodeAt(place) === CLOSE_ARRAY ? { tokens, end: place + 1 } : undefined;
}

function scanAlternatives(
  text: string,
  at: number,
): { alternatives: { logprob: number }[]; end: number } | undefined {
  const alternatives: { logprob: number }[] = [];
  if (text.charCodeAt(at + 1) === CLOSE_ARRAY) return { alternatives, end: at + 2 };
  let place = at;
  do {
    ALTERNATIVE.lastIndex = place + 1;
    const [, logprob] = ALTERNATIVE.exec(text) ?? [];
    if (logprob === undefined) return undefined;
    alternatives.push({ logprob: Number(logprob) });
    place = ALTERNATIVE.lastIndex;
  } while (text.charCodeAt(place) === COMMA);
  return text.charCodeAt(place) === CLOSE_ARRAY ? { alternatives, end: place + 1 } : undefined;
}
