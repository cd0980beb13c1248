import { number } from './template.ts';
import type { GeneratedGroup } from './template.ts';

const names = ['Mia', 'Noah', 'Zoe', 'Liam', 'Ella', 'Owen', 'Ruby', 'Theo', 'Lucy', 'Max', 'Nina', 'Raul'];
const fruits = ['apples', 'plums', 'lemons', 'figs', 'oranges', 'kiwis'];

/** Two to four steps of arithmetic in a short story, most with one detail that must be used with care. */
export const wordProblems: GeneratedGroup = {
  group: 'word-problems',
  perTemplate: 16,
  templates: {
    'give-and-get': (r) => {
      const [a, b, c] = [r.int(12, 40), r.int(2, 10), r.int(3, 20)];
      const [name, fruit] = [r.pick(names), r.pick(fruits)];
      return number(
        `${name} has ${a} ${fruit}, gives away ${b} and then buys ${c} more. How many ${fruit} does ${name} have now?`,
        a - b + c,
      );
    },
    'shopping-change': (r) => {
      const [n, price, m, other] = [r.int(2, 6), r.int(2, 6), r.int(2, 4), r.int(3, 7)];
      return number(
        `${r.pick(names)} buys ${n} pens at $${price} each and ${m} pads at $${other} each and pays with a $100 note. How many dollars are the change?`,
        100 - n * price - m * other,
      );
    },
    'boxes-left-over': (r) => {
      const [size, boxes, rest] = [r.int(6, 12), r.int(4, 12), r.int(1, 5)];
      return number(
        `A baker packs ${size * boxes + rest} rolls into bags of ${size}. All rolls must be packed; the last bag may be only partly filled. How many bags are needed?`,
        boxes + 1,
      );
    },
    'discount-then-shipping': (r) => {
      const [base, off, shipping] = [r.int(3, 18) * 20, r.pick([10, 20, 25, 30, 50]), r.int(4, 15)];
      return number(
        `A coat costs $${base}. It is reduced by ${off}%, and shipping of $${shipping} is added afterwards. What is the final price in dollars?`,
        (base * (100 - off)) / 100 + shipping,
      );
    },
    'travel-two-legs': (r) => {
      const [v, t, w, s] = [r.int(4, 9) * 10, r.int(2, 4), r.int(3, 8) * 10, r.int(2, 4)];
      return number(
        `A bus drives ${t} hours at ${v} km/h, rests for an hour, and drives ${s} more hours at ${w} km/h. How many kilometres did it drive?`,
        v * t + w * s,
      );
    },
    'share-after-expenses': (r) => {
      const [people, each, cost] = [r.int(3, 6), r.int(8, 30), r.int(10, 60)];
      return number(
        `${people} friends earn $${people * each + cost} washing cars and spend $${cost} of it on soap. They share the rest equally. How many dollars does each get?`,
        each,
      );
    },
    'times-as-many-total': (r) => {
      const [a, b] = r.sample(names, 2);
      const [n, k, less] = [r.int(4, 15), r.int(2, 5), r.int(1, 3)];
      return number(
        `${a} has ${n} stamps. ${b} has ${k} times as many as ${a}, minus ${less}. How many stamps do they have together?`,
        n + n * k - less,
      );
    },
    'fraction-of-the-rest': (r) => {
      const quarter = r.int(4, 20);
      const pages = quarter * 4;
      return number(
        `A book has ${pages} pages. ${r.pick(names)} reads half of it on Monday and half of the remaining pages on Tuesday. How many pages are still unread?`,
        quarter,
      );
    },
    'wage-with-overtime': (r) => {
      const [rate, extra] = [r.int(5, 12) * 2, r.int(2, 8)];
      return number(
        `${r.pick(names)} earns $${rate} an hour for the first 40 hours of a week and one and a half times as much for every hour after that. What is the pay in dollars for ${40 + extra} hours?`,
        40 * rate + extra * rate * 1.5,
      );
    },
    'rectangle-fence': (r) => {
      const [w, l, gate] = [r.int(5, 20), r.int(21, 40), r.int(2, 4)];
      return number(
        `A garden is ${l} m long and ${w} m wide. A fence goes all around it, except for a gate ${gate} m wide. How many metres of fence are needed?`,
        2 * (w + l) - gate,
      );
    },
  },
};
