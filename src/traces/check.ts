import { compareAnswers } from './comparing/compare-answers.ts';
import { plainWords } from './comparing/tokens.ts';

/** The ways to compare an answer with its reference. */
export const checks = ['exact', 'number', 'choice', 'set', 'date'] as const;
export type Check = (typeof checks)[number];

/**
 * Scores an answer: 1 if it is acceptable, 0 if not. Pure; never throws. If in doubt, the score is 0.
 *
 * The reference may list answers that are equally right, separated by ` | `.
 * Where the answer marks its conclusion (`Final answer:`, `\boxed{}`, else `Answer:` or `the answer … is`), only the
 * text after the last such mark counts; of that, or of an unmarked answer, only the first paragraph, unless said below.
 *
 * - `exact`: equal but for case, accents, quotes, commas, a leading article, a label (`Capital: …`), punctuation at the
 *   ends, a closing aside (`, which …`, `(…)`) and the way a clock time is written; or a single sentence of at most
 *   twelve words, without negation or alternative, that has the reference once: as its subject (`Paris is …`, without
 *   comparison), or at its end, right after a verb or a preposition (`… is Paris`, `the capital of Egypt`, `made of
 *   stone`). A verb is what ends in -s or -ed, and a few others. Where the reference is `yes`, `no`, `true` or `false`,
 *   the answer's first word decides, if its opposite does not occur.
 * - `choice`: the reference is an option's letter or a label. A letter may be followed by the option's text
 *   (`B) Paris`); an answer with two option letters is wrong. A label is compared as in `exact`, and may be followed by
 *   further sentences, or by a reason (`because …`, `, as it …`).
 * - `number`: the reference is a number, a percentage or a fraction. After a mark the first number counts, or the first
 *   one after the line's last `=`. Without a mark: a first line that is nothing but a number and at most three words;
 *   else, in the last sentence of the whole text, what follows the last `=`, or the first number where two are compared
 *   (`9 is more than 5`), or the last one; where that sentence has a negation or an alternative between two numbers, or
 *   a long answer breaks off, none. `50%` equals 50 and 0.5; a fraction equals its decimals, rounded to two places or
 *   more. Words up to ninety-nine are read where there are no digits.
 * - `set`: the reference is a list separated by commas. Order and repetition are free; items are compared as in `exact`.
 * - `date`: the reference is an ISO date. The year must be given; of several dates the first after a mark counts, else
 *   the last. Digits alone are read in either order of day and month only where both mean the same day.
 */
export function scoreAnswer(check: Check, reference: string, answer: string): 0 | 1 {
  const said = conclusion(plain(answer));
  const accepted = reference.split(' | ').filter((right) => !isDenied(said.text) || isDenied(right));
  return accepted.some((right) => comparisons[check](right, said)) ? 1 : 0;
}

/**
 * Whether any answer can be right by this reference: a `number` must contain a number, a `date` a day of the calendar, and
 * any other reference must be right as an answer itself. Else every answer of every tier would be wrong. Pure; never throws.
 */
export function canBeRight(check: Check, reference: string): boolean {
  return reference.split(' | ').some((right) => {
    if (check === 'number') return Number.isFinite(numeralsIn(right)[0]?.value);
    if (check === 'date') return datesIn(right)[0] !== undefined;
    return scoreAnswer(check, reference, right) === 1;
  });
}

/**
 * Whether an answer that scores 0 may be right all the same: it names what is right, and does not come to something else for
 * certain. Pure; never throws.
 */
export function isDoubtful(check: Check, reference: string, answer: string, question = ''): boolean {
  const said = plainWords(answer);
  const kind = check === 'number' || check === 'set' ? check : 'exact';
  return reference.split(' | ').some((right) => {
    const named = plainWords(right);
    const isNamed = check === 'date' ? datesIn(answer).includes(datesIn(right)[0]) : said.includes(named);
    return isNamed && named.trim() !== '' && compareAnswers(kind, right, answer, question) !== 'different';
  });
}

/** 'Not Paris' is right only if the reference is a denial itself: 'Not stated'. */
const isDenied = (text: string): boolean => /^\W*not\b/i.test(text);

/** The answer's conclusion; `marked` if the answer marks it as such. */
interface Conclusion {
  text: string;
  marked: boolean;
}

const comparisons: Record<Check, (reference: string, said: Conclusion) => boolean> = {
  exact: (reference, said) => isSame(reference, paragraph(said.text)),
  choice: (reference, said) => isChosen(reference, paragraph(said.text)),
  number: isNumber,
  set: (reference, said) => isSet(reference, paragraph(said.text)),
  date: isDate,
};

/** Without Markdown and LaTeX, and with one spelling of dashes, quotes and spaces. */
function plain(text: string): string {
  return text
    .normalize('NFC')
    .replace(/\r\n?/g, '\n')
    .replace(/(?<=\d)[\u00a0\u2009\u202f](?=\d{3})/g, '')
    .replace(/[^\S\n]/g, ' ')
    .replace(/[\u2010-\u2013\u2212]/g, '-')
    .replace(/[‘’]/g, "'")
    .replace(/[“”«»]/g, '"')
    .replace(/(?<=\d)\*\*(?=\d)/g, '^')
    .replace(/\*\*|`/g, '')
    .replace(/(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)/g, '')
    .replace(/\\d?frac\{(\d+)\}\{(\d+)\}/g, '$1/$2')
    .replace(/\\(?:text|mathrm|textbf)\{([^{}]*)\}/g, '$1')
    .replace(/\{,\}/g, ',')
    .replace(/\\[,!;]|\\[()[\]]/g, '')
    .replace(/\\([%$])/g, '$1');
}

const strongMark = /\\boxed\{|\bfinal answer\b(?: is)?[ \t]*[:=-]*/gi;
const weakMark = /\banswer\b(?: [\w'"-]+){0,6}? (?:is|are|would be)\b:?|\banswer[ \t]*[:=]|^####/gim;

function conclusion(text: string): Conclusion {
  for (const mark of [strongMark, weakMark]) {
    const last = [...text.matchAll(mark)].at(-1);
    if (last === undefined) continue;
    const rest = text.slice(last.index + last[0].length);
    return { text: (last[0] === '\\boxed{' ? rest.replace(/\}[^]*/, '') : rest).trim(), marked: true };
  }
  return { text: text.trim(), marked: false };
}

const paragraph = (text: string): string => text.split(/\n\s*\n/, 1)[0] ?? '';

function normalised(text: string): string {
  const bare = text
    .normalize('NFD')
    // Accents may be left out in Latin; the marks of other scripts are letters.
    .replace(/(?<=\p{Script=Latin}\p{M}*)\p{M}/gu, '')
    .normalize('NFC')
    .toLowerCase()
    .replace(/"|(?<![\p{L}\p{N}])'|'(?![\p{L}\p{N}])/gu, '')
    .replace(/(?<![\d:])(\d{1,2}):(\d\d)(?![\d:])(?:\s*([ap])\.?m\b\.?)?/g, clockTime)
    .replace(/[,\s]+/g, ' ')
    .replace(/^[\s.;:!?-]+|[\s.;:!?]+$/g, '');
  return bare.replace(/^(?:the|an|a) (?=\S{2})/, '');
}

/** '9:05' as '09:05' and '2:05 pm' as '14:05'; a time that no clock shows stays as it is. */
function clockTime(written: string, hour: string, minute: string, half?: string): string {
  if (half !== undefined && (Number(hour) > 12 || hour === '0')) return written;
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (half === 'p' ? 12 : 0);
  return `${String(hours).padStart(2, '0')}:${minute}`;
}

/** Without the label of at most four words before a colon or an equals sign: 'Capital: Paris'. */
const unlabelled = (text: string): string => text.replace(/^\s*\p{L}\S*(?: \S+){0,3}?\s?[:=]\s+/u, '');

/** Without a closing aside: 'Paris, which …', 'mice (the plural)'. */
const withoutAside = (text: string): string =>
  text.replace(/, (?:which|who|where)\b[^\n]*$| ?\([^()\n]*\)[.!?]?$/, '');

const opposites: Record<string, string> = { yes: 'no', no: 'yes', true: 'false', false: 'true' };
const hedges =
  /\b(?:not|no|nor|neither|never|none|nobody|nothing|cannot|without|or|either|but|while|hardly|barely|scarcely|rarely|seldom|maybe|perhaps|possibly|probably|supposedly|allegedly|apparently|formerly|almost|nearly|except|unless|if|although|however|doubt|wrong|false)\b|n't\b/;
/** What takes back a part of a yes or a no. */
const conditions = /\b(?:but|only|except|unless|if|although|however|sometimes|partly|partially)\b/;
const irregularVerbs = 'are|were|be|had|have|ate|gave|made|took|won|wrote';
const linksBefore = new RegExp(
  `(?:^| )(?:${irregularVerbs}|by|in|on|at|to|as|(?:capital|made) of|\\p{L}+s|\\p{L}{2,}ed)(?: an?| the)?$`,
  'u',
);
const verbsAfter = new RegExp(
  `^(?:${irregularVerbs}|\\p{L}+s|\\p{L}{2,}ed) (?!.*\\b(?:than|before|after)\\b)`,
  'u',
);

function isSame(reference: string, text: string): boolean {
  const right = normalised(reference);
  if (right === '') return false;
  const opposite = opposites[right];
  if (opposite !== undefined) {
    const words: readonly string[] = normalised(unlabelled(text)).match(/\p{L}+/gu) ?? [];
    return words[0] === right && !words.includes(opposite) && !conditions.test(words.join(' '));
  }
  return [text, unlabelled(text), withoutAside(text)].some(
    (form) => normalised(form) === right || isStatedIn(right, form),
  );
}

function isStatedIn(right: string, text: string): boolean {
  const sentence = normalised(text);
  if (/[.!?;]\s|\n/.test(text.trim()) && !right.includes('.')) return false;
  if (sentence.split(' ').length > 12 || ` ${sentence} `.split(` ${right} `).length !== 2) return false;
  if (hedges.test(sentence.replace(right, ''))) return false;
  const asComplement =
    sentence.endsWith(` ${right}`) && linksBefore.test(sentence.slice(0, -right.length - 1));
  const asSubject = sentence.startsWith(`${right} `) && verbsAfter.test(sentence.slice(right.length + 1));
  return asComplement || asSubject;
}

const optionLetter = /(?<![\w'])([A-H])(?=\s*[).:,\]]|\s*$|\s+(?:or|and|is|because)\b|\s*\n)/g;

function isChosen(reference: string, text: string): boolean {
  if (/^[A-H]$/i.test(reference.trim())) {
    const letters = new Set(
      [...(text.length < 4 ? text.toUpperCase() : text).matchAll(optionLetter)].map(([letter]) => letter),
    );
    const leads =
      /^\W*(?:(?:the )?(?:correct )?(?:option|choice|answer|letter)(?: is)?:? )?\(?([A-H])(?!\w|')/i.exec(
        text,
      );
    const ends = /\b(?:is|option|choice)\s*:?\s*\(?([A-H])\W*$/.exec(text);
    const chosen = (leads ?? ends)?.[1]?.toUpperCase();
    return (
      letters.size === 1 &&
      letters.has(reference.trim().toUpperCase()) &&
      chosen !== undefined &&
      letters.has(chosen)
    );
  }
  const [firstSentence = ''] = text.split(/(?<=[.!;])\s|\n|,? (?:because|as it) /, 1);
  return (
    isSame(reference, text) || (!(normalised(reference) in opposites) && isSame(reference, firstSentence))
  );
}

const itemsIn = (list: string): Set<string> =>
  new Set(
    list
      .split(/,|;|\n|&|\band\b/)
      .map((item) => normalised(item.replace(/^\s*(?:[-*•]|\d+[.)])\s+/, '')))
      .filter((item) => item !== ''),
  );

function isSet(reference: string, text: string): boolean {
  const right = itemsIn(reference);
  const bare = unlabelled(text).replace(/^[^,;\n&]{0,60}\b(?:is|are|was|were|bought|includes?)\b:?\s/, '');
  return [text, bare].some((form) => {
    const given = itemsIn(form);
    return right.size > 0 && given.size === right.size && given.isSubsetOf(right);
  });
}

interface Numeral {
  value: number;
  percent: boolean;
  fraction: boolean;
  /** Decimal places as written. */
  places: number;
  index: number;
}

const numeral =
  /(?<![\p{L}\p{N}_])([-+]?)[$€£]?([-+]?)((?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|(?<![\d.])\.\d+)(?:\s?\/\s?(\d+))?(?:\s?(%|percent\b|thousand\b|million\b|billion\b))?/giu;
/** What makes something else of the digits before it: a power, a suffix, a time, a decimal comma. */
const partAfter =
  /^(?:\^|[²³¹⁰⁴-⁹]|[eE][-+]?\d|:\d|,\d{1,2}(?!\d)|\s?(?:[kKMBT]|bn|mio|mln)(?![\p{L}\p{N}]))/u;
/** And the digits behind such a sign. */
const partBefore = /[\d]:$|\d,$|\^$/;
const scales: Record<string, number> = { thousand: 1e3, million: 1e6, billion: 1e9 };

function numeralsIn(text: string): Numeral[] {
  return [...text.matchAll(numeral)].map((match) => {
    const [, sign, innerSign, digits = '', divisor, suffix = ''] = match;
    const isSubtraction = /[\d)]$/.test(text.slice(Math.max(0, match.index - 9), match.index).trimEnd());
    const negative = innerSign === '-' || (sign === '-' && !isSubtraction);
    const end = match.index + match[0].length;
    const isPart =
      partAfter.test(text.slice(end, end + 8)) || partBefore.test(text.slice(0, match.index).slice(-2));
    const size = isPart
      ? NaN
      : (Number(digits.replaceAll(',', '')) / Number(divisor ?? 1)) * (scales[suffix.toLowerCase()] ?? 1);
    return {
      value: negative ? -size : size,
      percent: /%|percent/i.test(suffix),
      fraction: divisor !== undefined,
      places: digits.split('.')[1]?.length ?? 0,
      index: match.index,
    };
  });
}

const small =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const tens = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const numberWord = new RegExp(
  `\\b(?:(${tens.join('|')})(?:[- ](${small.slice(1, 10).join('|')}))?|(${small.join('|')}))\\b`,
  'g',
);

/** The text with number words as digits; unchanged if it has digits, or number words that are not supported. */
function withDigits(text: string): string {
  const words = text.toLowerCase();
  if (/\d|\b(?:hundred|thousand|million|dozen|half|quarter|no one)\b/.test(words)) return text;
  return words
    .replace(/^\W*(?:none|nobody|no one|nothing)\W*$/, '0')
    .replace(/\b(?:minus|negative) (?=\w)/g, '-')
    .replace(numberWord, (_, ten?: string, unit?: string, single?: string) =>
      String(
        ten === undefined
          ? small.indexOf(single ?? '')
          : 20 + 10 * tens.indexOf(ten) + small.indexOf(unit ?? 'zero'),
      ),
    );
}

/** A line that is a number and at most three words, so that nothing else in the answer can be meant. */
const bareNumber = /^\W*[\d.,/]+\s?%?[^\d\s]*(?: [^\d\s]+){0,3}$/;

function isNumber(reference: string, said: Conclusion): boolean {
  const [target] = numeralsIn(reference);
  const given = concludedNumber(said);
  return target !== undefined && given !== undefined && isEqual(target, given);
}

function concludedNumber({ text, marked }: Conclusion): Numeral | undefined {
  return marked ? firstResult(withDigits(text)) : statedNumber(withDigits(text));
}

/** The first number of the first line, counted from its last `=`. */
function firstResult(text: string): Numeral | undefined {
  const [line = ''] = text.split('\n', 1);
  const found = numeralsIn(line);
  return found.find(({ index }) => index > line.lastIndexOf('=')) ?? found[0] ?? numeralsIn(text)[0];
}

function statedNumber(text: string): Numeral | undefined {
  const [firstLine = ''] = text.split('\n', 1);
  if (firstLine.length <= 80 && bareNumber.test(firstLine)) return numeralsIn(firstLine)[0];
  const breaksOff = text.split(/\s+/, 51).length > 50 && !/[.!?)\]}%]$/.test(text);
  if (breaksOff) return undefined;
  const sentence = text.split(/(?<=[.!?])\s+|\n+/).findLast((part) => /\w/.test(part)) ?? '';
  const found = numeralsIn(sentence);
  const equals = sentence.lastIndexOf('=');
  if (equals >= 0) return found.find(({ index }) => index > equals);
  if (/\bthan\b/i.test(sentence)) return found[0];
  if (hedges.test(sentence.toLowerCase()) && found.some(({ value }) => value !== found[0]?.value))
    return undefined;
  return found.at(-1);
}

const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a));

function isEqual(target: Numeral, given: Numeral): boolean {
  if (near(target.value, given.value)) return true;
  if (given.percent && !target.percent) return near(target.value, given.value / 100);
  if (target.percent && !given.percent) return near(target.value / 100, given.value);
  return (
    target.fraction &&
    given.places >= 2 &&
    Number(target.value.toFixed(Math.min(given.places, 12))) === given.value
  );
}

const monthNames = 'jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec';
const month = `(?<month>${monthNames})[a-z]*\\.?`;
const day = String.raw`(?<day>\d{1,2})(?:st|nd|rd|th)?`;
const year = String.raw`(?<year>\d{4})`;
const dateForms = [
  String.raw`\b${year}[-/](?<month>\d{1,2})[-/](?<day>\d{1,2})\b`,
  String.raw`\b${day}(?: of)?[ -]${month},?[ -]${year}\b`,
  String.raw`\b${month} ${day},? ${year}\b`,
  String.raw`\b(?<first>\d{1,2})[./-](?<second>\d{1,2})[./-]${year}\b`,
].map((form) => new RegExp(form, 'gi'));

/** Every date in the text as ISO, in the order of the text; undefined stands for one that can be read in two ways. */
function datesIn(text: string): (string | undefined)[] {
  return dateForms
    .flatMap((form) => [...text.matchAll(form)])
    .toSorted((a, b) => a.index - b.index)
    .map(({ groups: g = {} }) => {
      if (g['first'] === undefined) return isoOf(g['year'], g['month'], g['day']);
      const [one, other] = [
        isoOf(g['year'], g['second'], g['first']),
        isoOf(g['year'], g['first'], g['second']),
      ];
      return one === undefined || one === other ? other : other === undefined ? one : undefined;
    });
}

/** Undefined if the calendar has no such day. */
function isoOf(yearDigits = '', monthText = '', dayDigits = ''): string | undefined {
  const named = monthNames.split('|').indexOf(monthText.toLowerCase());
  const monthDigits = named < 0 ? monthText : String(named + 1);
  const time = Date.UTC(Number(yearDigits), Number(monthDigits) - 1, Number(dayDigits));
  const written = `${yearDigits}-${monthDigits.padStart(2, '0')}-${dayDigits.padStart(2, '0')}`;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(written) ? written : undefined;
}

function isDate(reference: string, { text, marked }: Conclusion): boolean {
  const given = datesIn(text).at(marked ? 0 : -1);
  return given !== undefined && given === datesIn(reference)[0];
}
