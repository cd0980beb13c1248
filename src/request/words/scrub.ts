/** What stands for words that were taken out. */
const HIDDEN = '[…]';

/** Words of APIs and of their errors, which give nothing away of a request that has them too. */
const PUBLIC: ReadonlySet<string> = new Set(
  `a accepted access account allowed already an and any api are array argument arguments as assistant at available bad base be
  been before body boolean budget bytes call calls can cannot capacity chat choice closed code completion completions connection
  contain contains content context could credit credits current data days deprecated detail did disabled do does down empty
  enabled end endpoint engine enough error exceed exceeded exceeds expected failed failure field file fields finish first for
  format found from function functions greater has have header hour id image images in include input insufficient integer
  internal into invalid is it its json key keys language least length less limit limited list load loaded loading logprobs long
  longer loading many max maximum maybe media memory message messages method min minimum minute missing model models more most
  must name names network no non none not null number object of on one only options or out output overloaded param parameter
  parameters parse part parts per permission permitted please position prompt property provide provided provider queue quota
  range rate reached read reading received refused rejected request requested requests require required requires response
  result retry role run schema second seconds send sent server service set should size slow stream string support supported
  supports system temperature temporarily than that the their there these this time timeout to token tokens too tool tools top
  try trying type unable unavailable unexpected unknown unprocessable unrecognized unsupported upstream url usage use used user
  valid value values version was were when which while will with without worker you your`.split(/\s+/),
);

/** Whose account it is at the server. */
const ACCOUNT = /\b(?:org|proj|acct)[-_][\w-]{3,}/gi;
/** A word of letters and digits; of any other script one character, for words have no borders there. */
const WORD = /[a-z0-9]+|[\u0080-\uffff]/gi;
/** A word that somebody cut: it may be the beginning or the end of another. */
const CUT = /(?<![a-z0-9])[a-z0-9]+(?=\s?(?:\.\.\.|…))|(?<=(?:\.\.\.|…)\s?)[a-z0-9]+/gi;
const SEVERAL = /\[…\](?:[^a-z0-9[\]]{0,3}\[…\])+/gi;

/**
 * A server's words without those of the request that it was sent: none is left that the request has, unless everybody knows
 * it. In time that is linear in both.
 * @param said at most some hundred characters; @param known names that are no content, such as the model's; @param also what
 * else was sent.
 */
export function withoutContent(
  said: string,
  request: object,
  known: readonly string[],
  also: readonly unknown[] = [],
): string {
  const left = said.replaceAll(ACCOUNT, HIDDEN);
  const names = new Set(
    [...known, ...Object.keys(request).filter((key) => key.length <= 40)].flatMap(wordsOf),
  );
  const isKnown = (word: string): boolean => PUBLIC.has(word) || names.has(word);
  const doubtful = new Set(wordsOf(left).filter((word) => !isKnown(word)));
  const grown = new Map([...doubtful].map((word) => [word, partsOf(word).filter((part) => !isKnown(part))]));
  const found = wordsWithin([request, also], new Set([...doubtful, ...[...grown.values()].flat()]));
  const isTold = (word: string): boolean =>
    found.has(word) || grown.get(word)?.some((part) => found.has(part)) === true;
  return left
    .replaceAll(CUT, (word) => (doubtful.has(word.toLowerCase()) ? HIDDEN : word))
    .replaceAll(WORD, (word) => (word !== '…' && isTold(word.toLowerCase()) ? HIDDEN : word))
    .replaceAll(SEVERAL, HIDDEN);
}

/** A word of so many letters is told from others even where something has grown onto it; of more, it is left alone. */
const LEAST_PART = 8;
const MOST_PART = 32;

/** The shorter words in a word, where one of the request's may have been put together with something else. */
function partsOf(word: string): string[] {
  const parts: string[] = [];
  for (let size = LEAST_PART; size < Math.min(word.length, MOST_PART + 1); size += 1)
    for (let at = 0; at + size <= word.length; at += 1) parts.push(word.slice(at, at + size));
  return parts;
}

function wordsOf(text: string): string[] {
  return (text.match(WORD) ?? []).map((word) => word.toLowerCase());
}

/** Which of the words stand in the texts of a value, the names of its members included. */
function wordsWithin(value: unknown, wanted: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  const look = createLook(wanted, found);
  const open: unknown[] = [value];
  while (open.length > 0 && found.size < wanted.size) {
    const next = open.pop();
    if (typeof next === 'string') look(next);
    else if (typeof next === 'number') look(String(next));
    else if (Array.isArray(next)) for (const item of next as unknown[]) open.push(item);
    else if (typeof next === 'object' && next !== null)
      for (const [key, member] of Object.entries(next)) {
        look(key);
        open.push(member);
      }
  }
  return found;
}

/** Looks a text over once, and makes a word of its characters only where one that is wanted begins and ends like it. */
function createLook(wanted: ReadonlySet<string>, found: Set<string>): (text: string) => void {
  const likely = new Uint8Array(128 * 64);
  for (const word of wanted)
    if (word.charCodeAt(0) < 128) likely[word.charCodeAt(0) * 64 + Math.min(word.length, 63)] = 1;
  return (text) => {
    let start = -1;
    for (let at = 0; at <= text.length; at += 1) {
      const code = at < text.length ? text.charCodeAt(at) : 0;
      if (isPlain(code)) {
        if (start < 0) start = at;
        continue;
      }
      if (start >= 0) {
        // Makes a letter small, and leaves a digit.
        const first = text.charCodeAt(start) | 0x20;
        if (likely[first * 64 + Math.min(at - start, 63)] === 1) {
          const word = text.slice(start, at).toLowerCase();
          if (wanted.has(word)) found.add(word);
        }
        start = -1;
      }
      if (code > 127) {
        const character = text.charAt(at).toLowerCase();
        if (wanted.has(character)) found.add(character);
      }
    }
  };
}

/** A letter or digit of ASCII. */
function isPlain(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a && code < 128);
}
