/** What happens in each row of `bench/promise.ts`: which requests come, what is wrong with them, and what judges do. */
import type { Chance } from '../../test/made-traces.ts';

/** One request, and what its models say. The question's number finds it. */
export interface Item {
  /** Beside `model`. */
  body: { messages: object[]; [key: string]: unknown };
  headers?: Record<string, string>;
  /** Whether the small model's answer is wrong. */
  isWrong: boolean;
  right: string;
  wrong: string;
  /** The client reads a stream, and leaves after the text if it is wrong. */
  leaves?: true;
  /** No certificate may speak of its answer. */
  isOutside?: true;
  /** The small model's servers fail on it; or those of both. */
  fails?: 'small' | 'both';
}

export type Umpire = 'works' | 'fails' | 'speaks another language';

export interface PromiseRow {
  name: string;
  /** Keys of `learning` beside those that all rows have. */
  learning: string;
  umpire?: Umpire;
  /** Of the judge's model. */
  contextTokens?: number;
  item: (number: number, chance: Chance, phase: 1 | 2) => Item;
  /** What operators import before the traffic. */
  references?: readonly object[];
  /** After so many requests the judge fails, and items are of the second phase. */
  changeAfter?: number;
}

const WITH_JUDGE = 'judge: judge';
const GAINS = 100;

const asks = (number: number): string => `Question #${number}: which is it?`;
const user = (content: unknown): object => ({ role: 'user', content });

function plain(number: number, isWrong: boolean, more: Partial<Item> = {}): Item {
  return {
    body: { messages: [user(asks(number))] },
    isWrong,
    right: `${number} right`,
    wrong: `${number} wrong`,
    ...more,
  };
}

const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };

/** Two answers that differ, and that a careless comparison takes for the same. */
const alike = (right: (number: number) => string, wrong: (number: number) => string) => {
  const item: PromiseRow['item'] = (number, chance) =>
    plain(number, chance.coin(0.3), { right: right(number), wrong: wrong(number) });
  return item;
};

export const PROMISE_ROWS: readonly PromiseRow[] = [
  {
    name: 'control: the judge works, little is wrong',
    learning: WITH_JUDGE,
    item: (number, chance) => plain(number, chance.coin(0.01)),
  },
  {
    name: 'control: the judge works, much is wrong',
    learning: WITH_JUDGE,
    item: (number, chance) => plain(number, chance.coin(0.3)),
  },
  {
    name: 'agreement, and a judge that answers 500',
    learning: `agreement: exact, ${WITH_JUDGE}`,
    umpire: 'fails',
    item: (number, chance) => plain(number, chance.coin(0.3)),
  },
  {
    name: 'agreement, and a judge that replies in another language',
    learning: `agreement: exact, ${WITH_JUDGE}`,
    umpire: 'speaks another language',
    item: (number, chance) => plain(number, chance.coin(0.3)),
  },
  {
    name: 'requests with images',
    learning: `agreement: exact, ${WITH_JUDGE}`,
    item(number, chance) {
      if (chance.coin(0.5)) return plain(number, chance.coin(0.005));
      const messages = [user([{ type: 'text', text: asks(number) }, image])];
      return plain(number, chance.coin(0.6), { body: { messages }, isOutside: true });
    },
  },
  {
    name: "questions longer than the judge's context",
    learning: `agreement: exact, ${WITH_JUDGE}`,
    contextTokens: 4_000,
    item(number, chance) {
      if (chance.coin(0.5)) return plain(number, chance.coin(0.005));
      const messages = [user(`${asks(number)} ${'word '.repeat(4_000)}`)];
      return plain(number, chance.coin(0.6), { body: { messages }, isOutside: true });
    },
  },
  {
    name: 'certified, then the judge dies and half becomes wrong',
    learning: `agreement: exact, ${WITH_JUDGE}`,
    changeAfter: 600,
    item: (number, chance, phase) => plain(number, phase === 2 && chance.coin(0.5)),
  },
  {
    name: 'a client cuts its stream after the text',
    learning: WITH_JUDGE,
    item: (number, chance) =>
      plain(number, chance.coin(0.2), {
        body: { messages: [user(asks(number))], stream: true },
        leaves: true,
      }),
  },
  {
    name: 'one reference for "Continue", which ends many conversations',
    learning: WITH_JUDGE,
    references: [{ question: 'Continue', check: 'exact', reference: 'the moon' }],
    item(number, chance) {
      if (chance.coin(0.5)) return plain(number, false);
      const messages = [
        user(asks(number)),
        { role: 'assistant', content: 'It is as I said.' },
        user('Continue'),
      ];
      return plain(number, chance.coin(0.66), { body: { messages } });
    },
  },
  {
    name: 'references by which the small model gains in 15 % of the traffic',
    learning: WITH_JUDGE,
    references: Array.from({ length: GAINS }, (_, index) => ({
      question: asks(index * 7),
      check: 'exact',
      reference: `${index * 7} wrong`,
    })),
    item: (number, chance) => plain(number, number % 7 === 0 || chance.coin(0.15)),
  },
  {
    name: '`tool_calls: []` on an assistant message',
    learning: WITH_JUDGE,
    item(number, chance) {
      if (chance.coin(0.5)) return plain(number, chance.coin(0.005));
      const said = { role: 'assistant', content: 'Hello!', tool_calls: [] };
      return plain(number, chance.coin(0.5), {
        body: { messages: [user(`Hello ${number}`), said, user(asks(number))] },
      });
    },
  },
  {
    name: 'agreement: the answers differ in a sign',
    learning: 'agreement: number',
    item: alike(
      (number) => `-${number}`,
      (number) => `${number}`,
    ),
  },
  {
    name: 'agreement: the answers differ in the vowel marks of Hindi',
    learning: 'agreement: exact',
    item: alike(
      (number) => `${number} कि`,
      (number) => `${number} का`,
    ),
  },
  {
    name: 'agreement: the answers differ in the first of two numbers',
    learning: 'agreement: number',
    item: alike(
      (number) => `${number} out of 40`,
      (number) => `${number + 3} out of 40`,
    ),
  },
  {
    name: 'the first request of each conversation is easy, and the three after it are often wrong',
    learning: WITH_JUDGE,
    item(number, chance) {
      // Ten conversations at a time, one turn of each after the other; nothing but the answers tells turns apart.
      const [turn, first] = [Math.floor(number / 10) % 4, 40 * Math.floor(number / 40) + (number % 10)];
      const messages = [
        user(asks(first)),
        { role: 'assistant', content: `${first} right` },
        user(asks(number)),
      ];
      return plain(number, turn > 0 && chance.coin(0.4), { body: { messages } });
    },
  },
  {
    name: 'one question, always the same, in the system message',
    learning: WITH_JUDGE,
    item: () => plain(1, false, { body: { messages: [{ role: 'system', content: asks(1) }] } }),
  },
  {
    name: 'a third narrowed, of a data class, or met by failures',
    learning: WITH_JUDGE,
    item(number, chance) {
      if (!chance.coin(0.34)) return plain(number, chance.coin(0.005));
      const isWrong = chance.coin(0.66);
      const kind = number % 4;
      if (kind === 0)
        return plain(number, isWrong, { headers: { 'x-weir-max-tier': 'small' }, isOutside: true });
      if (kind === 1)
        return plain(number, isWrong, { headers: { 'x-weir-data-class': 'secret' }, isOutside: true });
      // Audits of failures count as lost, so there are few.
      if (number % 60 === 2) return plain(number, false, { fails: 'small', isOutside: true });
      if (number % 60 === 3) return plain(number, false, { fails: 'both', isOutside: true });
      return plain(number, false);
    },
  },
];
