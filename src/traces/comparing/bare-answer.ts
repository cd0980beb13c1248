/** What is left of an answer when what only leads to it is taken away. */
import { isSign, tokensOf, plainWords, type Token } from './tokens.ts';

/** The question as far as it says what an answer only repeats. */
export interface AskedWords {
  /** As `plainWords` gives them; empty where nothing is known of it. */
  words: string;
  /** Words of it are not left out of answers: it asks for what is not so. */
  isNegated: boolean;
  english: boolean;
}

/** How the conclusions of two answers are compared. */
export interface TextSetting extends AskedWords {
  /** Numbers by their value, however they are written. */
  byValue: boolean;
}

const MOST_QUESTION = 20_000;
const NEGATIONS =
  /\b(?:not|no|never|none|nor|neither|without|except|false|wrong|incorrect|untrue|least|cannot)\b|n't\b/i;
const ENGLISH = /\b(?:the|what|how|which|who|where|does|many|much|with)\b/i;

export function askedWords(question: string): AskedWords {
  const text = question.slice(0, MOST_QUESTION);
  return { words: plainWords(text), isNegated: NEGATIONS.test(text), english: ENGLISH.test(text) };
}

/** Words that turn what they stand with into something else: an answer that has them is not cut. */
export const DOUBTS =
  /^(?:not|no|never|none|nobody|nothing|neither|nor|hardly|barely|scarcely|seldom|rarely|almost|nearly|maybe|perhaps|possibly|probably|allegedly|apparently|supposedly|only|but|except|unless|if|or|without|wrong|false|few|little|cannot|unlikely|doubt|doubtful|once|formerly|n't)$|n't$/i;
const COPULAS: ReadonlySet<string> = new Set(['is', 'are', 'was', 'were']);
const PRONOUNS = [
  'it is',
  'it’s',
  "it's",
  'that is',
  "that's",
  'this is',
  'they are',
  'the answer is',
  'the final answer is',
  'the correct answer is',
  'the right answer is',
  'answer is',
  'final answer is',
];
const LABELS: ReadonlySet<string> = new Set([
  'answer',
  'final answer',
  'the answer',
  'result',
  'the result',
  'solution',
]);
const LEADS: ReadonlySet<string> = new Set(['so', 'thus', 'hence', 'therefore']);
const ARTICLES: ReadonlySet<string> = new Set(['the', 'a', 'an']);
/** A subject or a label with more words is none. */
const MOST_WORDS = 12;

/** The tokens of an answer without marks at its ends, and without what only repeats the question. */
export function bareAnswer(text: string, asked: AskedWords): Token[] {
  let tokens = withoutEnds(tokensOf(text));
  for (let round = 0; round < 4; round++) {
    const next = withoutEnds(withoutLead(tokens, asked));
    if (next.length === tokens.length) return tokens;
    tokens = next;
  }
  return tokens;
}

/** Without quotes around it, dollar signs of a formula, and the full stop or exclamation mark behind it. */
function withoutEnds(tokens: Token[]): Token[] {
  let [start, end] = [0, tokens.length];
  for (;;) {
    // Behind a number an exclamation mark may be a factorial.
    const ends = tokens[end - 2]?.kind === 'number' ? '.。।' : '.!。।';
    if (end - start > 1 && isSign(tokens[end - 1], ends)) end -= 1;
    else if (end - start > 2 && isPair(tokens[start], tokens[end - 1])) [start, end] = [start + 1, end - 1];
    else break;
  }
  const inside = tokens.slice(start, end);
  // Another such mark within belongs to one of several quotations.
  return start > 0 && inside.some((token) => isSign(token, '"$')) ? tokens : inside;
}

function isPair(first: Token | undefined, last: Token | undefined): boolean {
  return isSign(first, '"\'$') && first?.text === last?.text;
}

function withoutLead(tokens: Token[], asked: AskedWords): Token[] {
  const words = tokens.map(({ text }) => text.toLowerCase());
  const [first = '', second] = words;
  if (LEADS.has(first) && tokens.length > 1) return tokens.slice(second === ',' ? 2 : 1);
  if (ARTICLES.has(first) && tokens.length > 1 && tokens[1]?.kind === 'word' && (words[1]?.length ?? 0) > 1) {
    const rest = withoutSubject(tokens, words, asked);
    return rest ?? tokens.slice(1);
  }
  return withoutSubject(tokens, words, asked) ?? tokens;
}

/** Without `It is`, `Answer:`, or words of the question up to a colon, up to `is`, or from `is` on. */
function withoutSubject(tokens: Token[], words: readonly string[], asked: AskedWords): Token[] | undefined {
  for (const phrase of PRONOUNS) {
    const { length } = phrase.split(' ');
    if (words.length > length && words.slice(0, length).join(' ') === phrase) {
      const rest = tokens.slice(length);
      return isSign(rest[0], ':') && rest.length > 1 ? rest.slice(1) : rest;
    }
  }
  const colon = words.slice(0, MOST_WORDS).indexOf(':');
  if (colon > 0 && words.length > colon + 1) {
    const label = words.slice(0, colon);
    if (LABELS.has(label.join(' ')) || repeats(label, asked)) return tokens.slice(colon + 1);
  }
  const verb = words.slice(0, MOST_WORDS).findIndex((word) => COPULAS.has(word));
  if (verb <= 0 || words.length < verb + 2) return undefined;
  const [before, after] = [words.slice(0, verb), words.slice(verb + 1)];
  // The verb, too, is the question's: what was so need not be so.
  if (!asked.words.includes(` ${words[verb]} `)) return undefined;
  const [isSubject, isPredicate] = [
    repeats(before, asked),
    after.length <= MOST_WORDS && repeats(after, asked),
  ];
  // Where the question has both, as in `Which is shorter, A or B?`, either may be the answer.
  if (isSubject === isPredicate) return undefined;
  return isSubject ? tokens.slice(verb + 1) : tokens.slice(0, verb);
}

/** Whether these words stand together in the question, and say nothing but what it says. */
function repeats(words: readonly string[], { words: asked, isNegated }: AskedWords): boolean {
  if (isNegated || words.some((word) => DOUBTS.test(word))) return false;
  return asked.includes(` ${words.join(' ')} `);
}
