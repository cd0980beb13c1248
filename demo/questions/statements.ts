import { exact } from './template.ts';
import type { GeneratedGroup } from './template.ts';

const names = ['Anna', 'Peter', 'Lucy', 'Tom', 'Maria', 'David', 'Emma', 'Jack', 'Sarah', 'Paul', 'Alice'];
const colours = ['red', 'blue', 'green', 'yellow', 'black', 'white', 'brown', 'pink', 'grey', 'purple'];
const things = ['car', 'door', 'bag', 'hat', 'coat', 'chair', 'boat', 'house', 'bike', 'cup', 'lamp', 'kite'];
const countries = [
  ['London', 'England'],
  ['Paris', 'France'],
  ['Rome', 'Italy'],
  ['Madrid', 'Spain'],
  ['Berlin', 'Germany'],
  ['Vienna', 'Austria'],
  ['Dublin', 'Ireland'],
  ['Lisbon', 'Portugal'],
  ['Tokyo', 'Japan'],
] as const;
const months = ['January', 'February', 'April', 'May', 'June', 'July', 'September', 'November', 'December'];
const invented = ['Zorland', 'Velia', 'Arvonia', 'Lumia', 'Norvia', 'Brenland', 'Castora', 'Drimland'];
const passwords = ['sunshine', 'dragon', 'bluebird', 'mountain', 'orange', 'winter', 'pepper', 'rocket'];
const places = ['park', 'school', 'office', 'library', 'station', 'garden'];

/** A word said again out of one plain statement. */
export const statements: GeneratedGroup = {
  group: 'statements',
  perTemplate: 10,
  templates: {
    'thing-colour': (r) => {
      const [thing, colour] = [r.pick(things), r.pick(colours)];
      return exact(`The ${thing} is ${colour}. What colour is the ${thing}?`, colour, `${colour} ${thing}`);
    },
    'colour-of-a-thing': (r) => {
      const [name, thing, colour] = [r.pick(names), r.pick(things), r.pick(colours)];
      return exact(
        `The colour of ${name}'s ${thing} is ${colour}. What is the colour of ${name}'s ${thing}?`,
        colour,
      );
    },
    'lives-in': (r) => {
      const [name, [city, country]] = [r.pick(names), r.pick(countries)];
      return exact(`${name} lives in ${city}. Where does ${name} live?`, city, `${city}, ${country}`);
    },
    'pet-name': (r) => {
      const [pet, name] = [r.pick(['dog', 'cat', 'horse', 'parrot']), r.pick(names)];
      const called = r.pick(['Rex', 'Bella', 'Max', 'Luna', 'Buddy', 'Milo', 'Tiger', 'Misty', 'Cleo']);
      return exact(`${name} has a ${pet} called ${called}. What is the name of the ${pet}?`, called);
    },
    'who-wrote': (r) => {
      const [a, b] = r.sample(names, 2);
      return exact(`${a} wrote a letter to ${b}. Who wrote the letter?`, a);
    },
    'favourite-food': (r) => {
      const food = r.pick(['pizza', 'soup', 'rice', 'pasta', 'salad', 'cake', 'bread', 'cheese']);
      const name = r.pick(names);
      return exact(`${name}'s favourite food is ${food}. What is ${name}'s favourite food?`, food);
    },
    'birthday-month': (r) => {
      const [name, month] = [r.pick(names), r.pick(months)];
      return exact(`${name}'s birthday is in ${month}. In which month is ${name}'s birthday?`, month);
    },
    'lost-where': (r) => {
      const lost = r.pick(['keys', 'phone', 'wallet', 'umbrella', 'passport', 'glasses']);
      const [name, place] = [r.pick(names), r.pick(places)];
      return exact(
        `${name} lost the ${lost} in the ${place}. Where did ${name} lose the ${lost}?`,
        place,
        `in the ${place}`,
      );
    },
    'train-time': (r) => {
      const [city] = r.pick(countries);
      const time = `${r.int(10, 22)}:${r.pick([10, 15, 20, 30, 40, 45, 50])}`;
      return exact(`The train to ${city} leaves at ${time}. When does the train leave?`, time);
    },
    'invented-capital': (r) => {
      const name = r.pick(invented);
      const capital = r.pick(['Mirra', 'Tosk', 'Keld', 'Pera', 'Salto', 'Orrin', 'Vell', 'Hapsa']);
      return exact(`The capital of ${name} is ${capital}. What is the capital of ${name}?`, capital);
    },
    'king-of': (r) => {
      const [country, name] = [r.pick(invented), r.pick(names)];
      return exact(
        `The king of ${country} is called ${name}. What is the name of the king of ${country}?`,
        name,
      );
    },
    'owner-of': (r) => {
      const [thing, name] = [r.pick(things), r.pick(names)];
      return exact(`The owner of the ${thing} is ${name}. Who is the owner of the ${thing}?`, name);
    },
    password: (r) => {
      const [password, name] = [r.pick(passwords), r.pick(names)];
      return exact(`Hi ${name}, the password is "${password}". What is the password?`, password);
    },
    'city-of-a-worker': (r) => {
      const [name, [city, country]] = [r.pick(names), r.pick(countries)];
      const job = r.pick(['nurse', 'teacher', 'baker', 'farmer', 'pilot', 'dentist', 'painter', 'lawyer']);
      return exact(
        `${name} is a ${job} and lives in ${city}. In which city does ${name} live?`,
        city,
        `${city}, ${country}`,
      );
    },
  },
};
