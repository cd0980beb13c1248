import { number } from './template.ts';
import type { GeneratedGroup } from './template.ts';

const words = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

/** One- and two-digit sums that a very small model often gets right. */
export const arithmetic: GeneratedGroup = {
  group: 'arithmetic',
  perTemplate: 10,
  templates: {
    'add-one-digit': (r) => {
      const [a, b] = [r.int(1, 9), r.int(1, 9)];
      return number(`What is ${a} + ${b}?`, a + b);
    },
    'subtract-one-digit': (r) => {
      const a = r.int(3, 9);
      const b = r.int(1, a);
      return number(`What is ${a} - ${b}?`, a - b);
    },
    'add-two-digits': (r) => {
      const [a, b] = [r.int(11, 89), r.int(11, 89)];
      return number(`Add ${a} and ${b}.`, a + b);
    },
    'subtract-two-digits': (r) => {
      const a = r.int(40, 99);
      const b = r.int(11, a - 5);
      return number(`Calculate: ${a} - ${b}`, a - b);
    },
    'multiply-one-digit': (r) => {
      const [a, b] = [r.int(2, 9), r.int(2, 9)];
      return number(`What is ${a} times ${b}?`, a * b);
    },
    'divide-evenly': (r) => {
      const [a, b] = [r.int(2, 12), r.int(2, 9)];
      return number(`What is ${a * b} divided by ${b}?`, a);
    },
    double: (r) => {
      const a = r.int(6, 60);
      return number(`What is twice ${a}?`, 2 * a);
    },
    half: (r) => {
      const a = r.int(4, 60);
      return number(`What is half of ${2 * a}?`, a);
    },
    'add-three': (r) => {
      const [a, b, c] = [r.int(1, 9), r.int(1, 9), r.int(1, 9)];
      return number(`${a} + ${b} + ${c} = ?`, a + b + c);
    },
    'add-in-words': (r) => {
      const [a, b] = [r.int(1, 10), r.int(1, 10)];
      return number(`What is ${words[a]} plus ${words[b]}? Answer in digits.`, a + b);
    },
    'missing-addend': (r) => {
      const [a, b] = [r.int(3, 30), r.int(3, 30)];
      return number(`${a} + x = ${a + b}. What is x?`, b);
    },
    'multiply-by-ten': (r) => {
      const a = r.int(3, 99);
      const factor = r.pick([10, 100]);
      return number(`Multiply ${a} by ${factor}.`, a * factor);
    },
    'the-double': (r) => {
      const a = r.int(1, 20);
      return number(`What is the double of ${a}?`, 2 * a);
    },
    'plus-zero': (r) => {
      const a = r.int(2, 60);
      return number(`What is ${a} plus 0?`, a);
    },
    'small-sum': (r) => {
      const [a, b] = [r.int(1, 5), r.int(1, 5)];
      return number(`What is the sum of ${a} and ${b}?`, a + b);
    },
    'sum-as-typed': (r) => {
      const [a, b] = [r.int(1, 6), r.int(1, 6)];
      return number(`${a}+${b}=`, a + b);
    },
    'times-one': (r) => {
      const a = r.int(2, 60);
      return number(`What is ${a} multiplied by 1?`, a);
    },
  },
};

/** Sums with more digits or more operations than a small model does in its head. */
export const arithmeticHard: GeneratedGroup = {
  group: 'arithmetic-hard',
  perTemplate: 10,
  templates: {
    'two-by-two-digits': (r) => {
      const [a, b] = [r.int(12, 98), r.int(12, 98)];
      return number(`What is ${a} × ${b}?`, a * b);
    },
    'three-by-one-digit': (r) => {
      const [a, b] = [r.int(112, 978), r.int(3, 9)];
      return number(`Compute ${a} * ${b}.`, a * b);
    },
    'multiply-then-add': (r) => {
      const [a, b, c] = [r.int(11, 60), r.int(3, 12), r.int(3, 12)];
      return number(`What is ${a} + ${b} × ${c}?`, a + b * c);
    },
    parentheses: (r) => {
      const [a, b, c, d] = [r.int(4, 30), r.int(4, 30), r.int(3, 9), r.int(5, 40)];
      return number(`Evaluate (${a} + ${b}) × ${c} - ${d}.`, (a + b) * c - d);
    },
    'below-zero': (r) => {
      const [a, b, c] = [r.int(5, 40), r.int(6, 15), r.int(6, 12)];
      return number(`Work out ${a} - ${b} × ${c}.`, a - b * c);
    },
    percent: (r) => {
      const [share, base] = [r.pick([5, 10, 15, 20, 25, 30, 35, 40, 60, 75, 80]), r.int(4, 48) * 20];
      return number(`What is ${share}% of ${base}?`, (share * base) / 100);
    },
    remainder: (r) => {
      const [a, b] = [r.int(50, 400), r.int(6, 17)];
      return number(`What is the remainder when ${a} is divided by ${b}?`, a % b);
    },
    'add-large': (r) => {
      const [a, b, c] = [r.int(1100, 9800), r.int(210, 980), r.int(1100, 9800)];
      return number(`Sum: ${a} + ${b} + ${c}`, a + b + c);
    },
    'difference-of-squares': (r) => {
      const a = r.int(9, 25);
      const b = r.int(3, a - 2);
      return number(`What is ${a} squared minus ${b} squared?`, a * a - b * b);
    },
    decimals: (r) => {
      const [a, b] = [r.int(105, 995), r.int(11, 99)];
      return number(`What is ${(a / 100).toFixed(2)} + ${(b / 10).toFixed(1)}?`, a / 100 + b / 10);
    },
  },
};
