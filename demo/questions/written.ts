import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Check } from '../../src/traces/check.ts';
import { choice } from './template.ts';
import type { Draft, WrittenGroup } from './template.ts';

type Item = [question: string, reference: string, check?: Check];

const load = (name: string): unknown => parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
const mapValues = <From, To>(
  record: Record<string, From>,
  change: (value: From, key: string) => To,
): Record<string, To> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
const draft = ([prompt, reference, check = 'exact']: Item): Draft => ({ prompt, reference, check });

const knowledge = load('knowledge.yaml') as Record<string, Item[]>;
const messages = load('messages.yaml') as Record<
  string,
  { labels: string[]; items: [text: string, label: string][] }
>;
const reading = load('reading.yaml') as Record<string, { passage: string; questions: Item[] }>;

/** The questions that were written by hand, each with its family. */
export const writtenGroups: WrittenGroup[] = [
  { group: 'knowledge', families: mapValues(knowledge, (items) => items.map(draft)) },
  {
    group: 'messages',
    families: mapValues(messages, ({ labels, items }) =>
      items.map(([text, label]) =>
        choice(`Classify this message as ${labels.join(', ')}.\n"${text}"`, label),
      ),
    ),
  },
  {
    group: 'reading',
    families: mapValues(reading, ({ passage, questions }, name) =>
      questions.map((item) => {
        const question = draft(item);
        return { ...question, prompt: `${passage}\n\n${question.prompt}`, passage: name };
      }),
    ),
  },
];
