import { createJsonEdit, scanArray, scanObject, type Ends, type JsonEdit } from './json-edit.ts';

/**
 * Opens an object's text for editing as `JSON.parse` has read it: where a key stands twice in an object, at any depth, only its
 * last place is left. Else the gateway would judge one thing, and a reader that takes the first place would be asked another.
 * @param text valid JSON, an object. @param value what it was parsed into: where it has as many keys, nothing stands twice.
 */
export function openAsRead(text: string, value: object): JsonEdit {
  const edit = createJsonEdit(text);
  return edit.keys > countKeys(value) ? createJsonEdit(withoutRepeatedKeys(text)) : edit;
}

/**
 * A text as `JSON.parse` has read it: the same text where no key stands twice in an object, which is the usual case.
 * @returns also where long parts of it end, as far as is known.
 */
export function withoutRepeatedKeysIn(text: string, value: object): { text: string; ends: Ends } {
  const ends: Ends = new Map();
  return createJsonEdit(text, ends).keys > countKeys(value)
    ? { text: withoutRepeatedKeys(text), ends: new Map() }
    : { text, ends };
}

/** The keys of a value, at any depth. It may be as deep as texts are that are parsed at all. */
function countKeys(value: object): number {
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value as unknown[])
      if (typeof item === 'object' && item !== null) count += countKeys(item);
    return count;
  }
  for (const key in value) {
    const member: unknown = Reflect.get(value, key);
    count += 1;
    if (typeof member === 'object' && member !== null) count += countKeys(member);
  }
  return count;
}

/** The text without the places that `JSON.parse` does not read; and without white space between members; every other byte stays. In time
 * proportional to it. */
export function withoutRepeatedKeys(text: string): string {
  const ends: Ends = new Map();
  return valueText(text, text.search(/\S/), ends);
}

/** The value that begins at `at`. @param end where it ends, if that is known. */
function valueText(text: string, at: number, ends: Ends, end = text.length): string {
  if (text[at] === '{') return objectText(text, at, ends);
  if (text[at] !== '[') return text.slice(at, end);
  const items = scanArray(text, at, ends).map((item) => valueText(text, item.start, ends, item.end));
  return `[${items.join(',')}]`;
}

function objectText(text: string, at: number, ends: Ends): string {
  const { members } = scanObject(text, at, ends);
  const last = new Map(members.map((member) => [member.key, member]));
  const kept = members.filter((member) => last.get(member.key) === member);
  const written = kept.map(
    ({ keyStart, valueStart, valueEnd }) =>
      text.slice(keyStart, valueStart) + valueText(text, valueStart, ends, valueEnd),
  );
  return `{${written.join(',')}}`;
}
