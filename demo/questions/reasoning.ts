import { clock, weekdayAfter, weekdays } from './calendar.ts';
import { exact, number } from './template.ts';
import type { GeneratedGroup } from './template.ts';

const names = ['Aron', 'Berta', 'Conny', 'Dario', 'Elin', 'Frida', 'Goran', 'Hilde', 'Ilja', 'Jana'];

/** Problems whose reasoning is shown, so that it can be judged along with the answer. */
export const reasoning: GeneratedGroup = {
  group: 'reasoning',
  perTemplate: 10,
  system: 'Think in at most four short steps. Then end with one line: "Final answer: X".',
  maxTokens: 160,
  templates: {
    'age-multiple': (r) => {
      const [a, b] = r.sample(names, 2);
      const [now, years, k] = [r.int(5, 12), r.int(2, 9), r.int(2, 4)];
      return number(
        `${a} is ${k} times as old as ${b}, who is ${now}. What will be the sum of their ages in ${years} years?`,
        now + k * now + 2 * years,
      );
    },
    'stock-with-returns': (r) => {
      const [start, sold, back] = [r.int(90, 150), r.int(12, 25), r.int(3, 9)];
      return number(
        `A shop has ${start} hats. It sells ${sold} on Monday and twice as many on Tuesday. On Wednesday ${back} hats are returned. How many hats does it have then?`,
        start - 3 * sold + back,
      );
    },
    'arrival-time': (r) => {
      const [leave, ride, wait, walk] = [
        r.int(84, 160) * 5,
        r.int(8, 22) * 5,
        r.int(1, 5) * 5,
        r.int(2, 7) * 5,
      ];
      return exact(
        `${r.pick(names)} leaves at ${clock(leave)}, rides a train for ${ride} minutes, waits ${wait} minutes and walks ${walk} minutes. When does the walk end (24-hour HH:MM)?`,
        clock(leave + ride + wait + walk),
      );
    },
    handshakes: (r) => {
      const [people, absent] = [r.int(6, 15), r.int(2, 4)];
      return number(
        `${people} people are invited to a meeting, ${absent} stay at home. Everyone present shakes hands once with everyone else present. How many handshakes are there?`,
        ((people - absent) * (people - absent - 1)) / 2,
      );
    },
    'legs-and-heads': (r) => {
      const [cows, hens] = [r.int(3, 14), r.int(3, 14)];
      return number(
        `A farm has only cows and hens: ${cows + hens} heads and ${4 * cows + 2 * hens} legs. How many cows are there?`,
        cows,
      );
    },
    'percent-up-and-down': (r) => {
      const [base, up, down] = [r.int(1, 9) * 100, r.pick([10, 20, 50]), r.pick([10, 20, 50])];
      return number(
        `A price of $${base} rises by ${up}% and the new price then falls by ${down}%. What is it now, in dollars?`,
        (base * (100 + up) * (100 - down)) / 10_000,
      );
    },
    'filling-with-leak': (r) => {
      const [inflow, leak, hours] = [r.int(8, 20), r.int(2, 6), r.int(4, 12)];
      return number(
        `A tank of ${(inflow - leak) * hours} litres is empty. A pipe adds ${inflow} litres an hour while a leak loses ${leak} litres an hour. After how many hours is it full?`,
        hours,
      );
    },
    'weekday-of-nth': (r) => {
      const [first, nth] = [r.int(0, 6), r.int(12, 30)];
      return exact(
        `The 1st of a month is a ${weekdays[first]}. What day of the week is the ${nth}${ordinalEnding(nth)}?`,
        weekdayAfter(first, nth - 1),
      );
    },
    'average-missing': (r) => {
      const [average, a, b] = [r.int(15, 30), r.int(5, 15), r.int(5, 15)];
      const c = 4 * average - a - b - r.int(1, 9);
      return number(
        `The average of four numbers is ${average}. Three of them are ${a}, ${b} and ${c}. What is the fourth?`,
        4 * average - a - b - c,
      );
    },
    'everyone-gave': (r) => {
      const [a, b] = r.sample(names, 2);
      const [x, y, give] = [r.int(20, 40), r.int(4, 15), r.int(3, 8)];
      return number(
        `${a} has ${x} cards and ${b} has ${y}. ${a} gives ${give} cards to ${b}. How many more cards than ${b} does ${a} have now? (A negative number if fewer.)`,
        x - y - 2 * give,
      );
    },
  },
};

function ordinalEnding(n: number): string {
  if (n >= 11 && n <= 13) return 'th';
  return ['th', 'st', 'nd', 'rd'][n % 10] ?? 'th';
}
