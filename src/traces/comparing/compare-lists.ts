import { askedWords, type TextSetting } from './bare-answer.ts';
import { compareTexts, isSingle, itemKey, stem } from './compare-texts.ts';
import type { Sameness } from './sameness.ts';
import { plainWords } from './tokens.ts';

const BULLET = /^\s*(?:[-*•–]|\d{1,3}[.)])\s+(?=\S)/;
/** More items are not compared. */
const MOST_ITEMS = 500;

/** Compares two lists of items, in whatever order they stand. */
export function compareLists(one: string, other: string, setting: TextSetting, isDrawn: boolean): Sameness {
  const [a, b] = [one, other].map((text) => itemsOf(text, setting));
  if (a === undefined || b === undefined) return 'unknown';
  if (a.length === 1 && b.length === 1) return compareTexts(a[0] ?? '', b[0] ?? '', setting, isDrawn);
  const [keys, against] = [a, b].map((items) => items.map((item) => itemKey(item, setting)).toSorted());
  if (keys === undefined || against === undefined || keys.includes('') || against.includes(''))
    return 'unknown';
  if (keys.length === against.length && keys.every((key, at) => key === against[at])) return 'same';
  const [set, second] = [new Set(keys), new Set(against)];
  // Named twice may mean twice, or be a slip.
  if (set.size === second.size && set.isSubsetOf(second)) return 'unknown';
  if (new Set(keys.map(stem)).symmetricDifference(new Set(against.map(stem))).size === 0) return 'unknown';
  return [...a, ...b].every((item) => isSingle(item, setting)) ? 'different' : 'unknown';
}

/** The items of a list in lines, or in one sentence. Undefined where that is not certain. */
function itemsOf(text: string, setting: TextSetting): string[] | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const [first = ''] = lines;
  const marked = lines.filter((line) => BULLET.test(line)).length;
  const items =
    marked === 0
      ? lines.length === 1
        ? itemsOfSentence(first, setting)
        : undefined
      : listedItems(lines, marked, setting);
  return items === undefined || items.length > MOST_ITEMS ? undefined : items;
}

function listedItems(lines: readonly string[], marked: number, setting: TextSetting): string[] | undefined {
  const [heading = ''] = lines;
  const headed = !BULLET.test(heading);
  if (marked + (headed ? 1 : 0) !== lines.length || (headed && !isHeading(heading, setting)))
    return undefined;
  const items = lines.slice(headed ? 1 : 0).map((line) => line.replace(BULLET, ''));
  // A number before each item is its place, not a part of it: then they are counted from one.
  const counts = lines.slice(headed ? 1 : 0).map((line) => /^\s*(\d+)[.)]/.exec(line)?.[1]);
  const isCounted = counts.every((count, at) => count === undefined || Number(count) === at + 1);
  return isCounted && new Set(counts.map((count) => count === undefined)).size === 1 ? items : undefined;
}

const HEADING_WORDS = askedWords(
  'here are is the a list of items these following answer answers final',
).words;

/** A heading that only says what was asked for. */
function isHeading(line: string, { words, isNegated }: TextSetting): boolean {
  if (!line.trimEnd().endsWith(':') || isNegated) return false;
  return plainWords(line)
    .trim()
    .split(' ')
    .every((word) => words.includes(` ${word} `) || HEADING_WORDS.includes(` ${word} `));
}

/** `a, b and c`; `and` parts items only before the last one. */
function itemsOfSentence(line: string, setting: TextSetting): string[] | undefined {
  const bare = line.replace(/[.!]$/, '');
  // `1,5` may be one number or two.
  if (/\d,\d/.test(bare)) return undefined;
  const said = /^[^,;:]{1,80}:\s+/.exec(bare)?.[0];
  const body = said !== undefined && isHeading(said.trim(), setting) ? bare.slice(said.length) : bare;
  const parts = body.split(/[,;]/).map((part) => part.trim());
  const last = parts.pop() ?? '';
  const ends = last.replace(/^and /i, '').split(/ (?:and|&) /i);
  if (ends.length > 2) return undefined;
  const items = [...parts, ...ends].map((item) => item.trim());
  return items.includes('') ? undefined : items;
}
