import { askedWords } from './bare-answer.ts';
import { compareJson } from './compare-json.ts';
import { compareLists } from './compare-lists.ts';
import { compareTexts } from './compare-texts.ts';
import { concludes } from './conclusion.ts';
import { isLaidOut, plainText, unfenced, withoutMarkup } from './plain-text.ts';
import type { Sameness } from './sameness.ts';

/** What must be the same in two answers: their words, the number that they come to, or the items of a list. */
export type Comparing = 'exact' | 'number' | 'set';

/** Longer answers are the same only letter for letter. */
const MOST_CHARACTERS = 10_000;

/**
 * Whether two answers to a question come to the same. Only what is certain is `same` or `different`. Pure; never throws; the
 * order of the two does not matter. Takes time in proportion to their length.
 * @param question its words are known to be no part of the answer; without it fewer answers are known to be the same.
 */
export function compareAnswers(kind: Comparing, one: string, other: string, question = ''): Sameness {
  const [a, b] = [plainText(one), plainText(other)];
  if (a === '' || b === '') return 'unknown';
  if (a === b) return 'same';
  if (a.length > MOST_CHARACTERS || b.length > MOST_CHARACTERS) return 'unknown';
  const [inside, against] = [unfenced(a), unfenced(b)];
  if (inside === against) return 'same';
  const json = compareJson(inside, against);
  if (json !== undefined) return json;
  if (isLaidOut(inside) || isLaidOut(against)) return 'unknown';
  const [said, second] = [concludes(withoutMarkup(inside)), concludes(withoutMarkup(against))];
  if (said === undefined || second === undefined) return 'unknown';
  const isDrawn = said.isDrawn || second.isDrawn;
  const setting = { ...askedWords(question), byValue: kind === 'number' };
  return kind === 'set'
    ? compareLists(said.text, second.text, setting, isDrawn)
    : compareTexts(said.text, second.text, setting, isDrawn);
}
