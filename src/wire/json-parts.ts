import { scanArray, scanObject, type Ends } from './json-edit.ts';

/** JSON text cut into the texts of its parts: numbers keep every digit, and members their order and spelling. */

/** The members of an object's text by their names; of a name that stands twice the last, as `JSON.parse` has it. @param text valid JSON */
export function membersOf(text: string): ReadonlyMap<string, string> {
  const members = new Map<string, string>();
  if (!/^\s*\{/.test(text)) return members;
  for (const { key, valueStart, valueEnd } of scanObject(text, 0, new Map()).members)
    members.set(key, text.slice(valueStart, valueEnd));
  return members;
}

/** The entries of a list's text. @param text valid JSON */
export function entriesOf(text: string): string[] {
  const start = text.search(/\S/);
  if (text[start] !== '[') return [];
  const ends: Ends = new Map();
  return scanArray(text, start, ends).map(({ start: from, end }) => text.slice(from, end));
}

/** An object's text of its members' texts; those that are undefined are left out. */
export function objectText(members: Readonly<Record<string, string | undefined>>): string {
  const written: string[] = [];
  for (const name in members) {
    const value = members[name];
    if (value !== undefined) written.push(`${JSON.stringify(name)}:${value}`);
  }
  return `{${written.join(',')}}`;
}

/** A list's text of its entries' texts. */
export function listText(entries: readonly string[]): string {
  return `[${entries.join(',')}]`;
}
