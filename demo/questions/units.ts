import { number } from './template.ts';
import type { GeneratedGroup } from './template.ts';

/** Everyday conversions; the prompt names the unit, so the answer is a bare number. */
export const units: GeneratedGroup = {
  group: 'units',
  perTemplate: 9,
  templates: {
    'kilometres-to-metres': (r) => {
      const a = r.int(2, 60);
      return number(`How many metres are in ${a} kilometres?`, a * 1000);
    },
    'centimetres-to-metres': (r) => {
      const a = r.int(11, 99) * 10;
      return number(`Convert ${a} centimetres to metres.`, a / 100);
    },
    'kilograms-to-grams': (r) => {
      const a = r.int(3, 95);
      return number(`How many grams is ${(a / 10).toFixed(1)} kg?`, a * 100);
    },
    'hours-to-minutes': (r) => {
      const a = r.int(2, 24);
      return number(`How many minutes are in ${a} hours?`, a * 60);
    },
    'hours-and-minutes': (r) => {
      const [h, m] = [r.int(2, 9), r.int(1, 11) * 5];
      return number(`Express ${h} hours and ${m} minutes in minutes only.`, h * 60 + m);
    },
    'days-to-hours': (r) => {
      const a = r.int(2, 20);
      return number(`How many hours do ${a} days have?`, a * 24);
    },
    dozens: (r) => {
      const a = r.int(2, 25);
      return number(`How many eggs are in ${a} dozen eggs?`, a * 12);
    },
    'litres-less-millilitres': (r) => {
      const [a, b] = [r.int(2, 7), r.int(2, 18) * 50];
      return number(
        `A bottle holds ${a} litres and ${b} ml are poured out. How many ml are left?`,
        a * 1000 - b,
      );
    },
    'weeks-and-days': (r) => {
      const [w, d] = [r.int(3, 30), r.int(1, 6)];
      return number(`How many days are ${w} weeks and ${d} days?`, w * 7 + d);
    },
    'seconds-to-minutes': (r) => {
      const a = r.int(3, 90);
      return number(`${a * 60} seconds are how many minutes?`, a);
    },
    'coins-to-dollars': (r) => {
      const [q, d] = [r.int(3, 20), r.int(2, 15)];
      return number(
        `What are ${q} quarters (25 cents each) and ${d} dimes (10 cents each) worth, in dollars?`,
        (q * 25 + d * 10) / 100,
      );
    },
  },
};
