import { DOUBTS, type TextSetting } from './bare-answer.ts';
import { compareNumbers, readNumber } from './numbers.ts';
import type { Sameness } from './sameness.ts';
import { isSign, type Token } from './tokens.ts';

/** A number, and what it counts. */
interface Amount {
  number: string;
  /** `%`, a currency's sign, or the word behind the number; empty where there is none. */
  unit: string;
}

const MONEY: Readonly<Record<string, readonly string[]>> = {
  $: ['usd', 'dollar', 'dollars'],
  '€': ['eur', 'euro', 'euros'],
  '£': ['gbp', 'pound', 'pounds'],
  '¥': ['yen', 'jpy', 'yuan', 'cny'],
  '₹': ['inr', 'rupee', 'rupees'],
};
/** Factors in English, as powers of ten. */
const SCALES: Readonly<Record<string, string>> = {
  thousand: 'e3',
  million: 'e6',
  billion: 'e9',
  trillion: 'e12',
};
/** What else multiplies or measures: two of these in a question, and a number alone may be in either. */
const MEASURES: ReadonlySet<string> = new Set(
  'km m cm mm mi mile miles metre metres meter meters kilometre kilometres kilometer kilometers centimetre centimetres centimeter centimeters foot feet ft inch inches yard yards kg g mg lb lbs gram grams kilogram kilograms ounce ounces ton tons tonne tonnes l ml litre litres liter liters gallon gallons hour hours minute minutes second seconds day days week weeks month months year years cent cents dollar dollars euro euros pound pounds percent percentage degree degrees celsius fahrenheit kelvin mph hundred hundreds thousand thousands million millions billion billions dozen dozens pair pairs half halves quarter quarters'.split(
    ' ',
  ),
);
/** Words of a sentence that states an amount, and say nothing more. */
const PLAIN: ReadonlySet<string> = new Set(
  'so thus hence therefore it is are was were there the a an of in for has have had will would be he she they we in total altogether all now left answer sum cost costs takes needs gets makes made'.split(
    ' ',
  ),
);

/** Words that make another number of the one that they stand with, though the question has them. */
const CHANGING =
  /^(?:minus|negative|plus|over|under|above|below|more|less|fewer|than|times|half|double|twice|triple|per|each|every|point|least|most|up|down|between|from|to|out|off|before|after|first|second|third|and)$/;

/** Two amounts, each alone or in a sentence that only repeats the question. Undefined where they are none. */
export function compareAmounts(
  a: readonly Token[],
  b: readonly Token[],
  setting: TextSetting,
): Sameness | undefined {
  const [one, other] = [amountOf(a, setting), amountOf(b, setting)];
  if (one === undefined || other === undefined) return undefined;
  const said = compareNumbers(one.number, other.number, setting);
  if (one.unit === other.unit) return said;
  // Another value may be the same in another unit: ½ is 50 %.
  return said === 'same' && isAsked(one.unit, other.unit, setting) ? said : 'unknown';
}

/** Where one names no unit: whether the other's is the only one that can be meant. */
function isAsked(one: string, other: string, { words, isNegated, byValue }: TextSetting): boolean {
  if (!byValue || isNegated || (one !== '' && other !== '')) return false;
  const unit = one === '' ? other : one;
  const measures = words.split(' ').filter((word) => MEASURES.has(word));
  if (new Set(measures.map((word) => word.replace(/s$/, ''))).size > 1) return false;
  const names = unit === '%' ? ['percent', 'percentage'] : (MONEY[unit] ?? [unit.toLowerCase()]);
  return names.some((name) => words.includes(` ${name} `));
}

function amountOf(tokens: readonly Token[], setting: TextSetting): Amount | undefined {
  const at = tokens.findIndex(({ text }) => isNumber(text, setting));
  const number = tokens[at]?.text;
  if (number === undefined) return undefined;
  const [before, after] = [tokens.slice(0, at), tokens.slice(at + 1)];
  const currency = before.at(-1)?.kind === 'sign' ? before.pop()?.text : undefined;
  if (currency !== undefined && !Object.hasOwn(MONEY, currency)) return undefined;
  const scale = setting.byValue && setting.english ? SCALES[after[0]?.text.toLowerCase() ?? ''] : undefined;
  if (scale !== undefined) after.shift();
  const percent =
    isSign(after[0], '%') || /^percent$/i.test(after[0]?.text ?? '') ? after.shift() : undefined;
  const named = after[0]?.kind === 'word' ? after[0].text : '';
  const money = Object.keys(MONEY).find((sign) => MONEY[sign]?.includes(named.toLowerCase()));
  const known = percent === undefined ? (currency ?? money) : '%';
  const isAlone = before.length === 0 && after.length <= (known === undefined || known === money ? 1 : 0);
  if (!isAlone && !(setting.byValue && [...before, ...after].every((token) => isPlain(token, setting))))
    return undefined;
  if (after.length > 0 && named === '') return undefined;
  const unit = known ?? (setting.byValue && PLAIN.has(named.toLowerCase()) ? '' : named);
  if (scale === undefined) return { number, unit };
  return /^\d+(?:\.\d+)?$/.test(number) ? { number: `${number}${scale}`, unit } : undefined;
}

function isNumber(text: string, setting: TextSetting): boolean {
  return readNumber(text, setting) !== undefined || (setting.byValue && /^[-+]?\d+\/\d+$/.test(text));
}

/** A word that states nothing beside the amount: one of the question's, or one of every such sentence. */
function isPlain({ kind, text }: Token, setting: TextSetting): boolean {
  const word = text.toLowerCase();
  if (kind !== 'word') return kind === 'sign' && text === ',';
  if (DOUBTS.test(word) || CHANGING.test(word) || setting.isNegated || isNumber(text, setting)) return false;
  return PLAIN.has(word) || (!MEASURES.has(word) && setting.words.includes(` ${word} `));
}
