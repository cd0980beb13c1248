import { itemAt } from './random.ts';
import { clock, dayNumber, isoDate, longDate } from './calendar.ts';
import { date, exact, number, set } from './template.ts';
import type { Draft, GeneratedGroup } from './template.ts';

const names = [
  'Ines',
  'Paul',
  'Marta',
  'Jonas',
  'Selma',
  'Viktor',
  'Alma',
  'Bruno',
  'Carla',
  'Denis',
  'Elsa',
  'Felix',
];
const firms = [
  'Northwind Tools',
  'Blue Harbor Foods',
  'Maple Paper',
  'Copper Lane Books',
  'Sunfield Farms',
  'Granite Print',
];
const cities = ['Lisbon', 'Vienna', 'Dublin', 'Prague', 'Oslo', 'Turin', 'Ghent', 'Malmo', 'Riga', 'Basel'];
const goods = ['lamp', 'desk', 'chair', 'kettle', 'toaster', 'rug', 'shelf', 'clock', 'mirror', 'heater'];
const cents = (value: number): string => (value / 100).toFixed(2);

/** A field copied, or nearly copied, from a short generated text. */
export const extraction: GeneratedGroup = {
  group: 'extraction',
  perTemplate: 11,
  templates: {
    'invoice-total': (r) => {
      const net = r.int(20, 900) * 100;
      const tax = net / 5;
      return number(
        `Invoice ${r.int(1000, 9999)}\nFrom: ${r.pick(firms)}\nNet: $${cents(net)}\nTax: $${cents(tax)}\nTotal: $${cents(net + tax)}\n\nWhat is the total in dollars?`,
        (net + tax) / 100,
      );
    },
    'invoice-due-date': (r) => {
      const day = dayNumber(r.int(2019, 2026), r.int(0, 11), r.int(1, 28));
      return date(
        `Invoice ${r.int(1000, 9999)} from ${r.pick(firms)}, issued ${longDate(day)}, amount $${r.int(40, 900)}, payment due ${longDate(day + 30)}.\n\nWhen is payment due?`,
        isoDate(day + 30),
      );
    },
    'log-status': (r) => {
      const status = r.pick([200, 201, 301, 403, 404, 429, 500, 503]);
      return number(
        `10.0.${r.int(0, 9)}.${r.int(2, 250)} GET /items/${r.int(100, 999)} status=${status} bytes=${r.int(2000, 9000)} ms=${r.int(5, 90)}\n\nWhat is the status code?`,
        status,
      );
    },
    'log-slowest': (r) => {
      const [paths, [a, b, c]] = [
        r.sample(['/login', '/search', '/cart', '/help', '/orders', '/photos'], 3),
        r.sample([12, 48, 95, 130, 260, 410, 777, 1050], 3),
      ];
      const slowest = itemAt(paths, [a, b, c].indexOf(Math.max(a, b, c)));
      return exact(
        `${paths[0]} took ${a} ms\n${paths[1]} took ${b} ms\n${paths[2]} took ${c} ms\n\nWhich path was the slowest?`,
        slowest,
        slowest.slice(1),
      );
    },
    'email-sender': (r) => {
      const [from, to, other] = r.sample(names, 3);
      return exact(
        `Hi ${to},\nthe meeting with ${other} moved to ${clock(r.int(96, 190) * 5)}. Please bring the ${r.pick(goods)} list.\nBest, ${from}\n\nWho wrote this email?`,
        from,
      );
    },
    'email-time': (r) => {
      const [at, before] = [r.int(150, 220) * 5, r.int(96, 140) * 5];
      const [to, from] = r.sample(names, 2);
      return exact(
        `Hi ${to}, our call is no longer at ${clock(before)}; it now starts at ${clock(at)} and takes ${r.int(2, 6) * 10} minutes. ${from}\n\nAt what time does the call start?`,
        clock(at),
      );
    },
    'record-field': (r) => {
      const [name, city, age] = [r.pick(names), r.pick(cities), r.int(19, 78)];
      const text = `{"name": "${name}", "age": ${age}, "city": "${city}", "member": ${r.pick(['true', 'false'])}}`;
      const questions: Draft[] = [
        exact(`${text}\n\nIn which city is this person?`, city),
        exact(`${text}\n\nWhat is the person's name?`, name),
        number(`${text}\n\nHow old is the person?`, age),
      ];
      return r.pick(questions);
    },
    'order-quantity': (r) => {
      const [a, b, c] = r.sample(goods, 3);
      const [x, y, z] = [r.int(2, 9), r.int(10, 40), r.int(41, 90)];
      return number(
        `Order ${r.int(100, 999)}: ${x} x ${a}, ${y} x ${b}, ${z} x ${c}. Ship to ${r.pick(cities)}.\n\nWhat quantity of "${b}" was ordered?`,
        y,
      );
    },
    'order-items': (r) => {
      const [a, b, c, d] = r.sample(goods, 4);
      return set(
        `${r.pick(names)} bought a ${a}, a ${b} and a ${c}, and looked at a ${d}.\n\nWhich items were bought? List them.`,
        [a, b, c],
      );
    },
    'trip-destination': (r) => {
      const [from, via, to] = r.sample(cities, 3);
      return exact(
        `Ticket: ${r.pick(names)} travels from ${from} to ${to}, changing trains in ${via}. Seat ${r.int(1, 80)}, coach ${r.int(1, 12)}.\n\nWhat is the destination?`,
        to,
      );
    },
    'table-lookup': (r) => {
      const [rows, kept] = [r.sample(goods, 4), r.int(0, 3)];
      const prices = rows.map(() => r.int(300, 9900));
      const table = rows
        .map((row, index) => `${row};${cents(itemAt(prices, index))};${r.int(1, 99)}`)
        .join('\n');
      return number(
        `item;price;stock\n${table}\n\nWhat is the price of the ${rows[kept]}?`,
        itemAt(prices, kept) / 100,
      );
    },
  },
};
