import { choice } from './template.ts';
import type { Draft, GeneratedGroup } from './template.ts';
import type { Random } from './random.ts';

/** One text from a labelled pool, put into a prompt that names every label. */
function labelled(
  random: Random,
  pools: Record<string, readonly string[]>,
  wording: (text: string) => string,
): Draft {
  const label = random.pick(Object.keys(pools));
  return choice(wording(random.pick(pools[label] ?? [])), label);
}
const things = [
  'phone',
  'hotel',
  'jacket',
  'blender',
  'backpack',
  'headset',
  'restaurant',
  'printer',
  'course',
  'camera',
];

export const classification: GeneratedGroup = {
  group: 'classification',
  perTemplate: 11,
  templates: {
    sentiment: (r) => {
      const thing = r.pick(things);
      return labelled(
        r,
        {
          positive: [
            `I love this ${thing}, it is excellent.`,
            `Wonderful ${thing}! I am very happy with it.`,
            `Best ${thing} I have ever had.`,
          ],
          negative: [
            `I hate this ${thing}, it is awful.`,
            `Terrible ${thing}. A complete waste of money.`,
            `Worst ${thing} I have ever had.`,
          ],
        },
        (text) => `Is this review positive or negative?\n"${text}"`,
      );
    },
    'sentiment-mixed': (r) => {
      const thing = r.pick(things);
      return labelled(
        r,
        {
          positive: [
            `I expected the ${thing} to disappoint me, but it never did.`,
            `Not a single complaint about the ${thing}.`,
            `I was wrong to doubt this ${thing}.`,
          ],
          negative: [
            `I wanted to like the ${thing}, but I cannot.`,
            `The ${thing} looks great until you actually use it.`,
            `If you enjoy wasting money, get this ${thing}.`,
          ],
        },
        (text) => `Does the writer recommend it? Answer positive or negative.\n"${text}"`,
      );
    },
    topic: (r) => {
      const city = r.pick(['Oslo', 'Lima', 'Cairo', 'Perth', 'Quebec', 'Porto']);
      return labelled(
        r,
        {
          sports: [
            `The ${city} team scored twice in the final minutes of the match.`,
            `A runner from ${city} won the marathon.`,
          ],
          weather: [
            `Heavy rain and strong wind are expected in ${city} tonight.`,
            `${city} wakes up to thick fog and frost.`,
          ],
          food: [
            `A bakery in ${city} sells fresh bread with olives.`,
            `The soup of the day in ${city} is made with beans and garlic.`,
          ],
          music: [
            `The orchestra of ${city} will play two symphonies.`,
            `A singer from ${city} has recorded a new album.`,
          ],
        },
        (text) => `Topic of this sentence: sports, weather, food or music?\n"${text}"`,
      );
    },
    intent: (r) => {
      const thing = r.pick(things);
      return labelled(
        r,
        {
          question: [`When does the new ${thing} come out?`, `Which ${thing} do you advise for a beginner?`],
          request: [
            `Please send me the invoice for the ${thing}.`,
            `Kindly book the ${thing} for two people.`,
          ],
          complaint: [
            `The ${thing} failed again and nobody answers me!`,
            `I am very unhappy with how the ${thing} was handled.`,
          ],
        },
        (text) => `Classify as question, request or complaint:\n"${text}"`,
      );
    },
    language: (r) =>
      labelled(
        r,
        {
          French: [
            'Le chat dort sur la chaise.',
            'Nous allons au marché demain.',
            'Il fait très froid ce matin.',
            'Où est la gare ?',
          ],
          Spanish: [
            'El perro corre por la playa.',
            'Mañana vamos al mercado.',
            'Hace mucho calor hoy.',
            '¿Dónde está la estación?',
          ],
          German: [
            'Der Hund läuft durch den Garten.',
            'Wir gehen morgen auf den Markt.',
            'Heute ist es sehr kalt.',
            'Wo ist der Bahnhof?',
          ],
          Italian: [
            'Il gatto dorme sulla sedia.',
            'Domani andiamo al mercato.',
            'Oggi fa molto caldo.',
            "Dov'è la stazione?",
          ],
        },
        (text) => `Is this French, Spanish, German or Italian?\n"${text}"`,
      ),
    kind: (r) =>
      labelled(
        r,
        {
          animal: ['tiger', 'rabbit', 'whale', 'sparrow', 'goat'],
          fruit: ['pear', 'mango', 'cherry', 'plum', 'grape'],
          vehicle: ['truck', 'bicycle', 'ferry', 'tram', 'motorbike'],
          tool: ['hammer', 'wrench', 'saw', 'screwdriver', 'drill'],
        },
        (word) => `Is a ${word} an animal, a fruit, a vehicle or a tool?`,
      ),
    spam: (r) => {
      const name = r.pick(['Rita', 'Otto', 'Lena', 'Hugo', 'Maya', 'Iris']);
      const sum = r.int(2, 90) * 1000;
      return labelled(
        r,
        {
          yes: [
            `CONGRATULATIONS! You won $${sum}. Click here now to claim!!!`,
            `Dear ${name}, earn $${sum} a week from home, no work, act now!`,
          ],
          no: [
            `Hi ${name}, are we still meeting for lunch on Thursday?`,
            `${name}, the minutes of the meeting are attached. See page ${sum / 1000}.`,
          ],
        },
        (text) => `Is this message spam? Answer yes or no.\n"${text}"`,
      );
    },
    urgency: (r) => {
      const place = r.pick(['warehouse', 'office', 'kitchen', 'server room', 'workshop', 'garage']);
      return labelled(
        r,
        {
          high: [
            `There is smoke in the ${place}, send someone now!`,
            `Water is flooding the ${place} this very minute.`,
          ],
          low: [
            `When you have time, please repaint the ${place} door.`,
            `No hurry, but the ${place} could use a new poster.`,
          ],
        },
        (text) => `How urgent is this: high or low?\n"${text}"`,
      );
    },
    tense: (r) => {
      const who = r.pick(['Anna', 'The farmer', 'My uncle', 'The pilot', 'Our teacher', 'The nurse']);
      return labelled(
        r,
        {
          past: [`${who} painted the fence.`, `${who} went to the village.`, `${who} had a cold.`],
          present: [`${who} paints the fence.`, `${who} is going to work right now.`, `${who} has a cold.`],
          future: [
            `${who} will paint the fence.`,
            `${who} will have gone by noon tomorrow.`,
            `${who} is about to leave.`,
          ],
        },
        (text) => `Is this about the past, the present or the future?\n"${text}"`,
      );
    },
    'follows-from': (r) => {
      const [a, b] = r.sample(['Cora', 'Dean', 'Edda', 'Finn', 'Gwen', 'Hal'], 2);
      const thing = r.pick(['bike', 'boat', 'piano', 'drum']);
      return labelled(
        r,
        {
          yes: [
            `${a} sold the ${thing} to ${b}." Statement: "${b} bought the ${thing}.`,
            `${a} forgot to lock the ${thing}." Statement: "The ${thing} was not locked by ${a}.`,
          ],
          no: [
            `${a} nearly sold the ${thing} to ${b}." Statement: "${b} bought the ${thing}.`,
            `${a} pretended to own a ${thing}." Statement: "${a} owned a ${thing}.`,
          ],
        },
        (text) => `Text: "${text}" Does the statement follow from the text? Answer yes or no.`,
      );
    },
    'sentiment-plain': (r) => {
      const thing = r.pick(things);
      return labelled(
        r,
        {
          positive: [
            `I like this ${thing} very much.`,
            `The ${thing} is great.`,
            `I am very happy with the ${thing}.`,
            `What a beautiful ${thing}!`,
          ],
          negative: [
            `I do not like this ${thing}.`,
            `The ${thing} is terrible.`,
            `I am very unhappy with the ${thing}.`,
            `What an ugly ${thing}!`,
          ],
        },
        (text) => `Is this review positive or negative?\n"${text}"`,
      );
    },
    'sentiment-indirect': (r) => {
      const thing = r.pick(things);
      return labelled(
        r,
        {
          positive: [
            `The ${thing} is perfect and I would buy it again.`,
            `A fantastic ${thing}, everybody in my family loves it.`,
            `Great ${thing}, great price, thank you!`,
          ],
          negative: [
            `The ${thing} broke after one day.`,
            `A horrible ${thing}, stay away from it.`,
            `The ${thing} is ugly, weak and far too expensive.`,
          ],
        },
        (text) => `Review: "${text}"\nIs this review positive or negative?`,
      );
    },
    'which-is-an-animal': (r) => {
      const animal = r.pick(['dog', 'cat', 'horse', 'lion', 'rabbit', 'tiger', 'cow', 'sheep']);
      const thing = r.pick(['hammer', 'car', 'shoe', 'table', 'lamp', 'pencil', 'bus', 'spoon']);
      return choice(`Which one is an animal: ${r.sample([animal, thing], 2).join(' or ')}?`, animal);
    },
    'plain-truth': (r) =>
      labelled(
        r,
        {
          yes: [
            'ice cold',
            'fire hot',
            'grass green',
            'snow white',
            'the Sun hot',
            'sugar sweet',
            'water wet',
          ],
          no: ['fire cold', 'snow black', 'ice hot', 'a stone soft', 'an elephant small', 'a lemon sweet'],
        },
        (text) => `Is ${text}? Answer yes or no.`,
      ),
    'sentiment-of-a-message': (r) =>
      labelled(
        r,
        {
          positive: [
            'Thank you so much for your help!',
            'You did a great job.',
            'I had a wonderful time.',
            'Congratulations on your success!',
            'We love the new office.',
            'The food was excellent.',
          ],
          negative: [
            'I am very angry about this.',
            'This is a terrible mistake.',
            'I never want to come back.',
            'You ruined my day.',
            'The food was awful.',
            'I am deeply disappointed.',
          ],
        },
        (text) => `What is the tone of this message, positive or negative?\n"${text}"`,
      ),
  },
};
