import { itemAt } from './random.ts';
import { exact, number, set } from './template.ts';
import type { GeneratedGroup } from './template.ts';

const words = [
  'table',
  'garden',
  'window',
  'planet',
  'bottle',
  'candle',
  'river',
  'silver',
  'market',
  'pencil',
  'forest',
  'bridge',
  'orange',
  'summer',
  'castle',
  'rocket',
  'button',
  'dragon',
  'mirror',
  'pepper',
  'island',
  'carpet',
  'guitar',
  'helmet',
  'banana',
  'letter',
  'cotton',
  'yellow',
  'pillow',
  'kitten',
  'ladder',
  'basket',
  'violin',
  'magnet',
  'turtle',
  'cheese',
];
const short = [
  'cat',
  'dog',
  'sun',
  'map',
  'pen',
  'cup',
  'lid',
  'jam',
  'fox',
  'net',
  'bag',
  'hat',
  'leaf',
  'moon',
  'star',
];
const names = [
  'Ada',
  'Ben',
  'Cleo',
  'Dora',
  'Emil',
  'Fay',
  'Gus',
  'Hana',
  'Ivo',
  'Jude',
  'Kira',
  'Leo',
  'Mina',
  'Nils',
];
const surnames = [
  'Abbot',
  'Brook',
  'Carver',
  'Dale',
  'Ember',
  'Frost',
  'Grove',
  'Hill',
  'Irons',
  'Lake',
  'Marsh',
  'North',
];
const ordinals = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth'];

/** Spelling and word order, where models that read tokens and not letters fail. */
export const strings: GeneratedGroup = {
  group: 'strings',
  perTemplate: 10,
  templates: {
    'first-letter': (r) => {
      const word = r.pick(words);
      return exact(`What is the first letter of the word "${word}"?`, word.charAt(0));
    },
    'reverse-word': (r) => {
      const word = r.pick([...words, ...short]);
      return exact(`Spell the word "${word}" backwards.`, word.split('').toReversed().join(''));
    },
    'count-letters': (r) => {
      const word = r.pick(words) + r.pick(['', '', 's']);
      return number(`How many letters are in "${word}"?`, word.length);
    },
    'last-letter': (r) => {
      const word = r.pick(words);
      return exact(`Which letter does "${word}" end with?`, word.charAt(word.length - 1));
    },
    'nth-letter': (r) => {
      const [word, n] = [r.pick(words), r.int(2, 4)];
      return exact(`What is the ${ordinals[n]} letter of "${word}"?`, word.charAt(n));
    },
    'count-one-letter': (r) => {
      const pair = r.sample(words, 2).join('');
      const letter = r.pick('aeiotrn'.split(''));
      return number(
        `How many times does the letter "${letter}" occur in "${pair}"?`,
        pair.split(letter).length - 1,
      );
    },
    concatenate: (r) => {
      const [a, b] = r.sample(short, 2);
      return exact(`Join "${a}" and "${b}" into one word without a space.`, `${a}${b}`);
    },
    initials: (r) => {
      const [a, b] = [r.pick(names), r.pick(surnames)];
      const [x, y] = [a.charAt(0), b.charAt(0)];
      return exact(
        `What are the initials of ${a} ${b}?`,
        `${x}${y}`,
        `${x}.${y}.`,
        `${x}. ${y}.`,
        `${x} ${y}`,
      );
    },
    'nth-word': (r) => {
      const [list, n] = [r.sample(words, 6), r.int(1, 4)];
      return exact(`What is the ${ordinals[n]} word of: ${list.join(' ')}`, itemAt(list, n));
    },
    'sort-words': (r) => {
      const list = r.sample(words, 3);
      return exact(`Sort alphabetically: ${list.join(', ')}`, list.toSorted().join(', '));
    },
    'pick-by-first-letter': (r) => {
      const letter = r.pick('bcmlps'.split(''));
      const list = r.sample(
        [
          ...r.sample(
            words.filter((word) => word.startsWith(letter)),
            2,
          ),
          ...r.sample(
            words.filter((word) => !word.startsWith(letter)),
            4,
          ),
        ],
        6,
      );
      return set(
        `List every word that starts with "${letter}": ${list.join(', ')}`,
        list.filter((word) => word.startsWith(letter)),
      );
    },
    'first-letter-of-a-name': (r) => {
      const name = r.pick([...names, ...surnames]);
      return exact(`What is the first letter of the name "${name}"?`, name.charAt(0));
    },
    'first-letter-short': (r) => {
      const word = r.pick(short);
      return exact(`What is the first letter of "${word}"?`, word.charAt(0));
    },
    'repeat-word': (r) => {
      const word = r.pick(words);
      return exact(`Repeat this word: ${word}`, word);
    },
    'repeat-name': (r) => {
      const [a, b] = [r.pick(names), r.pick(surnames)];
      return exact(`My name is ${a} ${b}. What is my name?`, `${a} ${b}`);
    },
  },
};
