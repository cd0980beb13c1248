import { bareAnswer, type TextSetting } from './bare-answer.ts';
import { compareAmounts } from './amounts.ts';
import { compareNumbers } from './numbers.ts';
import { allOf, type Sameness } from './sameness.ts';
import { comparable, isSign, tokensOf, type Token } from './tokens.ts';

/** Words that point elsewhere: two answers that end with them need not mean the same. */
const POINTING =
  /^(?:above|below|same|previous|following|former|latter|this|that|these|those|it|they|them|here|there|he|she|both|neither|other)$/i;

/** Compares two short texts, token by token. */
export function compareTexts(one: string, other: string, setting: TextSetting, isDrawn: boolean): Sameness {
  const [a, b] = [one, other].map((text) => {
    const bare = bareAnswer(text, setting);
    return setting.byValue ? resultOf(bare) : bare;
  });
  if (a === undefined || b === undefined || a.length === 0 || b.length === 0) return 'unknown';
  if (isDrawn && [...a, ...b].some(({ text }) => POINTING.test(text))) return 'unknown';
  const aligned =
    a.length === b.length
      ? allOf(
          a.map((token, at) =>
            compareTokens(token, b[at], isNumeral(a[at - 1]) || isNumeral(b[at - 1]), setting),
          ),
        )
      : 'unknown';
  if (aligned !== 'unknown') return aligned;
  return (
    compareClosed(a, b) ??
    compareAmounts(a, b, setting) ??
    (isDenial(a, b) || isDenial(b, a) ? 'different' : 'unknown')
  );
}

/** What stands behind the last equals sign, where only a calculation or a letter stands before it. */
function resultOf(tokens: Token[]): Token[] {
  const at = tokens.findLastIndex((token) => isSign(token, '='));
  const isCalculation = tokens
    .slice(0, Math.max(0, at))
    .every(
      ({ kind, text }) =>
        kind === 'number' || (kind === 'sign' ? '+-*/=()×÷·$%^'.includes(text) : text.length === 1),
    );
  return at > 0 && at < tokens.length - 1 && isCalculation ? tokens.slice(at + 1) : tokens;
}

const isNumeral = (token: Token | undefined): boolean => token?.kind === 'number';

function compareTokens(
  one: Token,
  other: Token | undefined,
  isUnit: boolean,
  setting: TextSetting,
): Sameness {
  if (other === undefined) return 'unknown';
  if (one.text === other.text) return 'same';
  const [time, second] = [one, other].map(({ text }) => /^(\d?\d:\d\d|\d{4}-\d\d-\d\d)$/.exec(text)?.[0]);
  if (time !== undefined && second?.length !== undefined && time.includes(':') === second.includes(':'))
    return time.padStart(5, '0') === second.padStart(5, '0') ? 'same' : 'different';
  const numbers = compareNumbers(one.text, other.text, setting);
  if (numbers !== undefined) return numbers;
  // After a number it may be a unit: 5 mW are not 5 MW.
  const isSame = !isUnit && one.kind === 'word' && comparable(one) === comparable(other);
  return isSame ? 'same' : 'unknown';
}

const OPPOSITES: Readonly<Record<string, boolean>> = { yes: true, no: false, true: true, false: false };
const ECHOES: Readonly<Record<'yes' | 'no', RegExp>> = {
  yes: /^(?:it is|it does|it can|it was|it has|they are|they do|they can|there is|there are|that is correct|that is right|that's correct|that's right|that is true|correct|indeed|of course|definitely|certainly|absolutely)$/,
  no: /^(?:it is not|it isn't|it does not|it doesn't|it cannot|it can't|it was not|it wasn't|it has not|they are not|they aren't|they do not|they don't|there is not|there isn't|there are not|that is not correct|that is wrong|that is false|not at all|certainly not|definitely not)$/,
};

/** Answers of which there are few: yes and no, options by their letters, single words. Undefined where they are of none. */
function compareClosed(a: readonly Token[], b: readonly Token[]): Sameness | undefined {
  const [one, other] = [polarity(a), polarity(b)];
  if (one !== undefined && other !== undefined && one.of === other.of)
    return one.is === other.is ? 'same' : 'different';
  const [letter, second] = [optionOf(a), optionOf(b)];
  if (letter !== undefined && second !== undefined) return letter === second ? 'same' : 'different';
  const [word, against] = [a[0], b[0]];
  if (a.length > 1 || b.length > 1 || word?.kind !== 'word' || against?.kind !== 'word') return undefined;
  // Accents, capitals and endings may be another way to write the same word.
  return stem(word.text) === stem(against.text) ? 'unknown' : 'different';
}

/** Equal stems may be one word in two ways of writing it. */
export const stem = (word: string): string =>
  word
    .normalize('NFD')
    .replace(/[\p{M}\p{Cf}]/gu, '')
    .toLowerCase()
    .slice(0, 4);

function polarity(tokens: readonly Token[]): { of: string; is: boolean } | undefined {
  const [first = '', ...rest] = tokens.map(({ text }) => text.toLowerCase());
  const is = Object.hasOwn(OPPOSITES, first) ? OPPOSITES[first] : undefined;
  if (is === undefined) return undefined;
  const said = { of: first === 'yes' || first === 'no' ? 'yes or no' : 'true or false', is };
  if (rest.length === 0) return said;
  const echo = (rest[0] === ',' || rest[0] === '.' ? rest.slice(1) : rest).join(' ');
  return ECHOES[is ? 'yes' : 'no'].test(echo) ? said : undefined;
}

/** `B`, `(B)`, `B.`, `B)`, `option B`. */
function optionOf(tokens: readonly Token[]): string | undefined {
  const named = /^(?:option|choice)$/i.test(tokens[0]?.text ?? '') ? tokens.slice(1) : tokens;
  const [letter, ...rest] = named.filter((token) => !isSign(token, '().:[]'));
  return rest.length === 0 && letter !== undefined && /^[A-J]$/.test(letter.text) ? letter.text : undefined;
}

/** Whether one says that the other is not so. */
function isDenial(a: readonly Token[], b: readonly Token[]): boolean {
  return (
    a.length === b.length + 1 &&
    a[0]?.text.toLowerCase() === 'not' &&
    a.slice(1).every((token, at) => b[at] !== undefined && comparable(token) === comparable(b[at]))
  );
}

/** The key of an item of a set: equal keys are certainly the same item. */
export function itemKey(text: string, setting: TextSetting): string {
  return bareAnswer(text, setting).map(comparable).join(' ');
}

/** Whether it is one word or number, of which another is certainly another item. */
export function isSingle(text: string, setting: TextSetting): boolean {
  return bareAnswer(text, setting).length === 1 && tokensOf(text)[0]?.kind !== 'sign';
}
