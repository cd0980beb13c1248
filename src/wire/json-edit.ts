/**
 * Changes some members of a JSON object and leaves every other byte of its text as it was: unknown fields, the spelling
 * of numbers, white space, the order of members. Where a key stands twice, all its places are changed, so that no reader
 * of the result sees an old value, whichever of them it takes.
 */
export interface JsonEdit {
  /** Sets a member; a new one is put at the end. `jsonText` is JSON, not a plain string. */
  set(key: string, jsonText: string): void;
  delete(key: string): void;
  /** Edits the object that is this member; does nothing where the member is missing or no object. */
  edit(key: string, change: (member: JsonEdit) => void): void;
  /** Edits each object in the array that is this member; does nothing where it is missing or no array. */
  editEach(key: string, change: (item: JsonEdit) => void): void;
  /** Keeps the first items of the array that is this member. */
  truncate(key: string, length: number): void;
  /** The member's own text; the last one where the key stands twice, as `JSON.parse` has it. */
  get(key: string): string | undefined;
  /** How many keys the text has, at any depth; too few where the ends of its containers were given. */
  readonly keys: number;
  toString(): string;
}

/**
 * Opens an object's text for editing.
 * @param text valid JSON, an object: the caller has parsed it. Anything else gives an undefined text, and never throws.
 * @param ends where containers of this very text are known to end; more are added.
 */
export function createJsonEdit(text: string, ends: Ends = new Map()): JsonEdit {
  return openObject(text, 0, ends);
}

function openObject(text: string, at: number, ends: Ends): JsonEdit {
  const tally: KeyTally = { keys: 0 };
  const { members, start, end } = scanObject(text, at, ends, tally);
  let added: Map<string, string> | undefined;
  const named = (key: string): Member[] => members.filter((member) => member.key === key);
  /** Where a member's value stands: in the text, or as an earlier change has left it. */
  const valueOf = ({ valueStart, valueEnd, replacement }: Member): Value =>
    replacement === undefined
      ? { text, start: valueStart, end: valueEnd, ends }
      : { text: replacement, start: 0, end: replacement.length, ends: new Map() };

  return {
    set(key, jsonText) {
      const places = named(key);
      for (const member of places) {
        member.replacement = jsonText;
        member.deleted = false;
      }
      if (places.length === 0) (added ??= new Map()).set(key, jsonText);
    },
    delete(key) {
      for (const member of named(key)) member.deleted = true;
      added?.delete(key);
    },
    edit(key, change) {
      for (const member of named(key)) {
        const value = valueOf(member);
        if (value.text.charCodeAt(value.start) !== OPEN_OBJECT) continue;
        const inner = openObject(value.text, value.start, value.ends);
        change(inner);
        member.replacement = inner.toString();
      }
    },
    editEach(key, change) {
      for (const member of named(key)) {
        const value = valueOf(member);
        if (value.text.charCodeAt(value.start) !== OPEN_ARRAY) continue;
        let result = '';
        let from = value.start;
        for (const item of scanArray(value.text, value.start, value.ends)) {
          if (value.text.charCodeAt(item.start) !== OPEN_OBJECT) continue;
          const inner = openObject(value.text, item.start, value.ends);
          change(inner);
          result += value.text.slice(from, item.start) + inner.toString();
          from = item.end;
        }
        member.replacement = result + value.text.slice(from, value.end);
      }
    },
    truncate(key, length) {
      for (const member of named(key)) {
        const value = valueOf(member);
        if (value.text.charCodeAt(value.start) !== OPEN_ARRAY) continue;
        const items = scanArray(value.text, value.start, value.ends);
        const last = items[length - 1];
        if (items.length <= length) continue;
        member.replacement = last === undefined ? '[]' : `${value.text.slice(value.start, last.end)}]`;
      }
    },
    get(key) {
      const member = named(key).findLast((candidate) => !candidate.deleted);
      return member === undefined
        ? added?.get(key)
        : (member.replacement ?? text.slice(member.valueStart, member.valueEnd));
    },
    keys: tally.keys,
    toString: () => render(text, start, end, members, added),
  };
}

interface Value {
  text: string;
  start: number;
  /** Exclusive. */
  end: number;
  ends: Ends;
}

function render(
  text: string,
  start: number,
  end: number,
  members: readonly Member[],
  added: ReadonlyMap<string, string> | undefined,
): string {
  const isChanged = (member: Member): boolean => member.deleted || member.replacement !== undefined;
  const additions = [...(added ?? [])].map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',');
  const first = members[0];
  if (first === undefined) return additions === '' ? text.slice(start, end) : `{${additions}}`;
  if (additions === '' && !members.some(isChanged)) return text.slice(start, end);

  let result = text.slice(start, first.keyStart);
  let kept = 0;
  let last = first;
  for (const member of members) {
    if (!member.deleted) {
      // What stands between two members belongs to the second: it goes when that goes.
      if (kept > 0) result += text.slice(last.valueEnd, member.keyStart);
      result +=
        member.replacement === undefined
          ? text.slice(member.keyStart, member.valueEnd)
          : text.slice(member.keyStart, member.valueStart) + member.replacement;
      kept += 1;
    }
    last = member;
  }
  if (additions !== '') result += kept > 0 ? `,${additions}` : additions;
  return result + text.slice(last.valueEnd, end);
}

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

/** Counts the keys that are passed. */
export interface KeyTally {
  keys: number;
}

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
  tally?: KeyTally,
): { members: Member[]; start: number; end: number } {
  const start = skipSpace(text, at);
  const members: Member[] = [];
  let place = skipSpace(text, start + 1);
  while (place < text.length && text.charCodeAt(place) !== CLOSE_OBJECT) {
    const keyEnd = skipString(text, place);
    const valueStart = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const valueEnd = skipValue(text, valueStart, ends, tally);
    if (tally !== undefined) tally.keys += 1;
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

function skipValue(text: string, at: number, ends: Ends, tally?: KeyTally): number {
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
      case COLON:
        if (tally !== undefined) tally.keys += 1;
        break;
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
