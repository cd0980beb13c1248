import { weekdayAfter, weekdays } from './calendar.ts';
import { exact, number } from './template.ts';
import type { GeneratedGroup } from './template.ts';

const names = [
  'Abel',
  'Bea',
  'Cyril',
  'Dina',
  'Egon',
  'Flora',
  'Gino',
  'Hedda',
  'Igor',
  'Julia',
  'Karl',
  'Lotte',
];
const colours = ['red', 'blue', 'green', 'white', 'black', 'yellow'];

/** Puzzles where the first answer that comes to mind is often wrong. */
export const logic: GeneratedGroup = {
  group: 'logic',
  perTemplate: 15,
  templates: {
    'ordering-chain': (r) => {
      const [a, b, c, d] = r.sample(names, 4);
      const facts = r.sample(
        [`${a} is older than ${b}.`, `${b} is older than ${c}.`, `${c} is older than ${d}.`],
        3,
      );
      const [question, answer] = r.pick([
        ['Who is the oldest', a],
        ['Who is the youngest', d],
        ['Who is the second oldest', b],
        ['Who is the second youngest', c],
      ] as const);
      return exact(`${facts.join(' ')} ${question}?`, answer);
    },
    'age-in-years': (r) => {
      const [a, b] = r.sample(names, 2);
      const [n, gap, years] = [r.int(6, 15), r.int(2, 9), r.int(3, 12)];
      return number(
        `${a} is ${n} years old and ${b} is ${gap} years older. How old will ${b} be in ${years} years?`,
        n + gap + years,
      );
    },
    'bat-and-ball': (r) => {
      const [cheap, more] = [r.int(1, 9) * 5, r.int(2, 20) * 50];
      const [a, b] = r.pick([
        ['racket', 'ball'],
        ['vase', 'flower'],
        ['lamp', 'bulb'],
        ['teapot', 'cup'],
      ] as const);
      return number(
        `A ${a} and a ${b} cost ${2 * cheap + more} cents together. The ${a} costs ${more} cents more than the ${b}. How many cents does the ${b} cost?`,
        cheap,
      );
    },
    'machines-in-parallel': (r) => {
      const [n, k] = [r.int(3, 9), r.int(3, 12)];
      return number(
        `${n} machines make ${n} toys in ${n} minutes. How many minutes do ${n * k} machines need to make ${n * k} toys?`,
        n,
      );
    },
    'siblings-count': (r) => {
      const [girls, boys] = [r.int(3, 6), r.int(2, 5)];
      const name = r.pick(['Bea', 'Dina', 'Flora', 'Hedda', 'Julia', 'Lotte']);
      return number(
        `${name} is a girl. She has ${boys} brothers and ${girls - 1} sisters. How many sisters does each of her brothers have?`,
        girls,
      );
    },
    'posts-and-gaps': (r) => {
      const [gap, count] = [r.int(2, 12), r.int(5, 25)];
      return number(
        `Lamps stand every ${gap} metres along a straight ${gap * count} metre path, with one at each end. How many lamps are there?`,
        count + 1,
      );
    },
    'worst-case-draws': (r) => {
      const [first, second] = r.sample(colours, 2);
      const [x, y] = [r.int(4, 15), r.int(4, 15)];
      return number(
        `A dark drawer holds ${x} ${first} and ${y} ${second} socks. How many must you take to be sure of at least one ${first} sock?`,
        y + 1,
      );
    },
    'place-in-queue': (r) => {
      const [front, back] = [r.int(4, 15), r.int(4, 15)];
      return number(
        `In a queue, ${r.pick(names)} is number ${front} counted from the front and number ${back} counted from the back. How many people are in the queue?`,
        front + back - 1,
      );
    },
    'weekday-steps': (r) => {
      const [day, back, on] = [r.int(0, 6), r.int(2, 5), r.int(6, 11)];
      return exact(
        `${back} days ago it was ${weekdays[day]}. What day of the week will it be ${on} days from today?`,
        weekdayAfter(day, back + on),
      );
    },
    'climbing-snail': (r) => {
      const [up, down, steps] = [r.int(3, 6), r.int(1, 2), r.int(3, 8)];
      const height = up + steps * (up - down);
      return number(
        `A snail climbs ${up} m every day and slips back ${down} m every night. On which day does it reach the top of a ${height} m wall?`,
        steps + 1,
      );
    },
  },
};
