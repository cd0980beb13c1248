import { scanArray, scanObject, type Ends, type Member } from './json-scan.ts';

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
  const { members, start, end } = scanObject(text, at, ends);
  let added: Map<string, string> | undefined;
  const named = (key: string): Member[] => members.filter((member) => member.key === key);

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
        if (text.charCodeAt(member.valueStart) !== OPEN_OBJECT) continue;
        const inner = openObject(text, member.valueStart, ends);
        change(inner);
        member.replacement = inner.toString();
      }
    },
    editEach(key, change) {
      for (const member of named(key)) {
        if (text.charCodeAt(member.valueStart) !== OPEN_ARRAY) continue;
        let result = '';
        let from = member.valueStart;
        for (const item of scanArray(text, member.valueStart, ends)) {
          if (text.charCodeAt(item.start) !== OPEN_OBJECT) continue;
          const inner = openObject(text, item.start, ends);
          change(inner);
          result += text.slice(from, item.start) + inner.toString();
          from = item.end;
        }
        member.replacement = result + text.slice(from, member.valueEnd);
      }
    },
    truncate(key, length) {
      for (const member of named(key)) {
        if (text.charCodeAt(member.valueStart) !== OPEN_ARRAY) continue;
        const items = scanArray(text, member.valueStart, ends);
        const last = items[length - 1];
        if (items.length <= length) continue;
        member.replacement = last === undefined ? '[]' : `${text.slice(member.valueStart, last.end)}]`;
      }
    },
    get(key) {
      const member = named(key).findLast((candidate) => !candidate.deleted);
      return member === undefined
        ? added?.get(key)
        : (member.replacement ?? text.slice(member.valueStart, member.valueEnd));
    },
    toString: () => render(text, start, end, members, added),
  };
}

const OPEN_OBJECT = 0x7b;
const OPEN_ARRAY = 0x5b;

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
