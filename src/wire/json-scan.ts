/** One member of an object, by its places in the text. */
export interface Member {
  key: string;
  keyStart: number;
  valueStart: number;
  /** Exclusive. */
  valueEnd: number;
  replacement?: string;
  deleted: boolean;
}

/** Where long containers end, by where they begin: what was walked over once is jumped over the next time. */
export type Ends = Map<number, number>;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Shorter containers are walked over again as fast as they are looked up. */
const WORTH_REMEMBERING = 128;

/** The members of the object that begins at or after `at`, and where its text begins and ends. */
export function scanObject(
  text: string,
  at: number,
  ends: Ends,
): { members: Member[]; start: number; end: number } {
  const start = skipSpace(text, at);
  const members: Member[] = [];
  let place = skipSpace(text, start + 1);
  while (place < text.length && text.charCodeAt(place) !== CLOSE_OBJECT) {
    const keyEnd = skipString(text, place);
    const valueStart = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const valueEnd = skipValue(text, valueStart, ends);
    members.push({
      key: readKey(text, place, keyEnd),
      keyStart: place,
      valueStart,
      valueEnd,
      deleted: false,
    });
    place = skipSpace(text, valueEnd);
    if (text.charCodeAt(place) === COMMA) place = skipSpace(text, place + 1);
  }
  return { members, start, end: place + 1 };
}

/** The items of the array that begins at `at`; ends are exclusive. */
export function scanArray(text: string, at: number, ends: Ends): { start: number; end: number }[] {
  const items: { start: number; end: number }[] = [];
  let place = skipSpace(text, at + 1);
  while (place < text.length && text.charCodeAt(place) !== CLOSE_ARRAY) {
    const end = skipValue(text, place, ends);
    items.push({ start: place, end });
    place = skipSpace(text, end);
    if (text.charCodeAt(place) === COMMA) place = skipSpace(text, place + 1);
  }
  return items;
}

/** A key may be written with escapes: `"mod\u0065l"` is `model` to every parser. */
function readKey(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end - 1);
  return raw.includes('\\') ? String(JSON.parse(text.slice(start, end))) : raw;
}

function skipSpace(text: string, at: number): number {
  let place = at;
  for (;;) {
    const code = text.charCodeAt(place);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return place;
    place += 1;
  }
}

/** The place after the string that begins at `at`. */
function skipString(text: string, at: number): number {
  let end = text.indexOf('"', at + 1);
  while (end !== -1) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end + 1;
    end = text.indexOf('"', end + 1);
  }
  return text.length;
}

function skipValue(text: string, at: number, ends: Ends): number {
  const code = text.charCodeAt(at);
  if (code === QUOTE) return skipString(text, at);
  if (code !== OPEN_OBJECT && code !== OPEN_ARRAY) return skipScalar(text, at);
  const known = ends.get(at);
  if (known !== undefined) return known;
  const open: number[] = [at];
  let place = at + 1;
  while (place < text.length) {
    switch (text.charCodeAt(place)) {
      case QUOTE:
        place = skipString(text, place);
        continue;
      case OPEN_OBJECT:
      case OPEN_ARRAY: {
        const end = ends.get(place);
        if (end !== undefined) {
          place = end;
          continue;
        }
        open.push(place);
        break;
      }
      case CLOSE_OBJECT:
      case CLOSE_ARRAY: {
        const start = open.pop() ?? at;
        if (place - start > WORTH_REMEMBERING) ends.set(start, place + 1);
        if (open.length === 0) return place + 1;
        break;
      }
    }
    place += 1;
  }
  return text.length;
}

function skipScalar(text: string, at: number): number {
  let place = at;
  while (place < text.length) {
    const code = text.charCodeAt(place);
    if (code === COMMA || code === CLOSE_OBJECT || code === CLOSE_ARRAY || code === COLON || code <= 0x20)
      break;
    place += 1;
  }
  return place;
}
