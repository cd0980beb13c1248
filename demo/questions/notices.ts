import { number } from './template.ts';
import type { GeneratedGroup } from './template.ts';

const names = ['Anna', 'Peter', 'Lucy', 'Tom', 'Maria', 'David', 'Emma', 'Jack', 'Sarah', 'Paul', 'Alice'];
const cities = ['London', 'Paris', 'Rome', 'Madrid', 'Berlin', 'Vienna', 'Dublin', 'Lisbon', 'Prague'];
const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday'];
const buildings = ['bridge', 'tower', 'school', 'church', 'station', 'museum'];
const things = ['coat', 'chair', 'bike', 'lamp', 'kite', 'bag', 'hat', 'cup'];

/** A number read off a short notice, which even a very small model mostly does. */
export const notices: GeneratedGroup = {
  group: 'notices',
  perTemplate: 10,
  templates: {
    platform: (r) => {
      const n = r.int(2, 19);
      return number(
        `The train to ${r.pick(cities)} leaves from platform ${n}. What is the platform number?`,
        n,
      );
    },
    gate: (r) => {
      const n = r.int(2, 40);
      return number(
        `Flight ${r.int(200, 900)} to ${r.pick(cities)} is boarding at gate ${n}. What is the gate number?`,
        n,
      );
    },
    weather: (r) => {
      const [city, n] = [r.pick(cities), r.int(3, 35)];
      return number(
        `Weather in ${city}: ${r.pick(['sunny', 'cloudy', 'windy', 'rainy'])}, ${n} degrees. What is the temperature in ${city}?`,
        n,
      );
    },
    distance: (r) => {
      const [a, b] = r.sample(cities, 2);
      const n = r.int(110, 900);
      return number(`The distance from ${a} to ${b} is ${n} kilometres. How far is it from ${a} to ${b}?`, n);
    },
    pages: (r) => {
      const n = r.int(80, 600);
      return number(
        `${r.pick(names)} is reading a book of ${n} pages. How many pages does the book have?`,
        n,
      );
    },
    'year-built': (r) => {
      const [building, year] = [r.pick(buildings), r.int(1810, 1990)];
      const material = r.pick(['stone', 'wood', 'steel', 'brick']);
      return number(
        `The ${building} in ${r.pick(cities)} was built in ${year} and is made of ${material}. In which year was it built?`,
        year,
      );
    },
    height: (r) => {
      const [what, n] = [r.pick(['tree', 'tower', 'wall', 'hill', 'statue', 'mast']), r.int(3, 90)];
      return number(`The ${what} is ${n} metres high. How high is the ${what}?`, n);
    },
    extension: (r) => {
      const [name, n] = [r.pick(names), r.int(200, 999)];
      return number(`${name}'s extension is ${n}. What is ${name}'s extension?`, n);
    },
    invoice: (r) => {
      const n = r.int(12, 400);
      return number(
        `Hello ${r.pick(names)}, the total of your invoice is ${n} dollars, payable by ${r.pick(weekdays)}. What is the total?`,
        n,
      );
    },
    ticket: (r) => {
      const n = r.int(6, 60);
      const place = r.pick(['museum', 'zoo', 'cinema', 'theatre', 'castle']);
      return number(`A ticket to the ${place} costs ${n} dollars. What is the price of a ticket?`, n);
    },
    'order-number': (r) => {
      const n = r.int(1000, 9999);
      return number(`Hello ${r.pick(names)}, your order number is ${n}. What is the order number?`, n);
    },
    age: (r) => {
      const [name, n] = [r.pick(names), r.int(7, 80)];
      return number(`${name} is ${n} years old. How old is ${name}?`, n);
    },
    weight: (r) => {
      const [what, n] = [r.pick(['box', 'parcel', 'dog', 'suitcase', 'table']), r.int(3, 60)];
      return number(`The ${what} weighs ${n} kilograms. How much does the ${what} weigh?`, n);
    },
    price: (r) => {
      const [thing, n] = [r.pick(things), r.int(5, 95)];
      return number(`The ${thing} costs ${n} dollars. How much does the ${thing} cost?`, n);
    },
  },
};
