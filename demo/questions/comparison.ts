import { itemAt } from './random.ts';
import { dayNumber, longDate } from './calendar.ts';
import { choice, exact, number } from './template.ts';
import type { GeneratedGroup } from './template.ts';

const words = [
  'apple',
  'lemon',
  'bread',
  'chair',
  'stone',
  'horse',
  'music',
  'paper',
  'night',
  'water',
  'zebra',
  'cloud',
  'elephant',
  'umbrella',
  'mountain',
  'telephone',
  'sandwich',
  'tea',
  'sky',
  'ink',
  'butterfly',
  'oak',
  'ice',
  'strawberry',
];
const people = ['Nora', 'Omar', 'Pia', 'Quin', 'Rosa', 'Sami', 'Tess', 'Ugo', 'Vera', 'Walt'];

export const comparison: GeneratedGroup = {
  group: 'comparison',
  perTemplate: 10,
  templates: {
    'larger-of-two': (r) => {
      const [a, b] = [r.int(10, 999), r.int(10, 999)];
      return number(
        `Which number is larger: ${a} or ${b === a ? b + 7 : b}?`,
        Math.max(a, b === a ? b + 7 : b),
      );
    },
    'larger-decimal': (r) => {
      const [whole, tenths, hundredths] = [r.int(1, 12), r.int(3, 9), r.int(10, 29)];
      const pair = r.sample([`${whole}.${tenths}`, `${whole}.${hundredths}`], 2);
      return number(`Which is greater: ${pair.join(' or ')}?`, Number(`${whole}.${tenths}`));
    },
    'smallest-of-three': (r) => {
      const list = [r.int(100, 400), r.int(401, 700), r.int(701, 999)];
      return number(`Which is the smallest number: ${r.sample(list, 3).join(', ')}?`, Math.min(...list));
    },
    'alphabetical-first': (r) => {
      const pair = r.sample(words, 2);
      return exact(
        `Which word comes first in the dictionary: ${pair.join(' or ')}?`,
        itemAt(pair.toSorted(), 0),
      );
    },
    'longer-word': (r) => {
      let pair = r.sample(words, 2);
      while (pair[0]?.length === pair[1]?.length) pair = r.sample(words, 2);
      const longer = itemAt(
        pair.toSorted((a, b) => b.length - a.length),
        0,
      );
      return exact(`Which word has more letters: ${pair.join(' or ')}?`, longer);
    },
    'heavier-load': (r) => {
      const kilograms = r.int(11, 59) / 10;
      const grams = kilograms * 1000 + r.pick([-1, 1]) * r.int(2, 9) * 100;
      const right = grams > kilograms * 1000 ? 'B' : 'A';
      return choice(
        `Which is heavier?\nA) ${kilograms.toFixed(1)} kg\nB) ${Math.round(grams)} g\nAnswer A or B.`,
        right,
      );
    },
    'larger-fraction': (r) => {
      const [a, b] = [r.int(1, 5), r.int(1, 5)];
      const [c, d] = [r.int(a + 1, 9), r.int(b + 1, 9)];
      if (a * d === b * c)
        return choice(`Which is larger?\nA) ${a}/${a + 1}\nB) ${a}/${a + 2}\nAnswer A or B.`, 'A');
      return choice(
        `Which is larger?\nA) ${a}/${c}\nB) ${b}/${d}\nAnswer A or B.`,
        a * d > b * c ? 'A' : 'B',
      );
    },
    'higher-below-zero': (r) => {
      const [a, b] = r.sample([2, 3, 5, 6, 8, 9, 11, 12, 14, 17, 20, 23], 2);
      return number(`Which temperature is higher, in degrees: -${a} or -${b}?`, -Math.min(a, b));
    },
    'earlier-date': (r) => {
      const year = r.int(1985, 2024);
      const [a, b] = r.sample(
        [dayNumber(year, r.int(0, 5), r.int(1, 28)), dayNumber(year, r.int(6, 11), r.int(1, 28))],
        2,
      );
      return choice(
        `Which date is earlier?\nA) ${longDate(a)}\nB) ${longDate(b)}\nAnswer A or B.`,
        a < b ? 'A' : 'B',
      );
    },
    'tallest-of-three': (r) => {
      const [a, b, c] = r.sample(people, 3);
      const [tall, middle, small] = [r.int(182, 199), r.int(168, 181), r.int(150, 167)];
      const lines = r
        .sample([`${a} is ${tall} cm`, `${b} is ${middle} cm`, `${c} is ${small} cm`], 3)
        .join(', ');
      return r.int(0, 1) === 0
        ? exact(`${lines}. Who is the tallest?`, a)
        : exact(`${lines}. Who is the shortest?`, c);
    },
    'largest-of-three': (r) => {
      const list = r.sample([r.int(10, 40), r.int(50, 70), r.int(80, 99)], 3);
      return number(`Which is the largest number: ${list.join(', ')}?`, Math.max(...list));
    },
    'smaller-of-two': (r) => {
      const pair = r.sample([r.int(1, 30), r.int(50, 99)], 2);
      return number(`What is the smaller number: ${pair.join(' or ')}?`, Math.min(...pair));
    },
  },
};
