/** A free and a paid signal that the sources do not have, added as docs/extending.md says: a value each, and an entry in the table. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseColumns } from '../../src/learning/fitting/choose-columns.ts';
import { drive } from '../../src/routing/drive.ts';
import { createAnswerSignals, requestFeatures } from '../../src/routing/signals/read-signals.ts';
import type { FreeSignals, PaidSignal } from '../../src/routing/signals/signal.ts';
import {
  isAvailable,
  paidSignalNamed,
  SIGNALS,
  type SignalTable,
} from '../../src/routing/signals/signals.ts';
import { attemptOf, handMade, testPolicy, testTier, testView } from '../../src/routing/testing.ts';

/** Free: read from the text, from each token, and from the request. */
const doubts: FreeSignals = {
  signals: [
    {
      name: 'hedges',
      range: [0, Infinity],
      unit: 'words',
      transform: 'log1p',
      meaning: 'Words that take something back.',
    },
    { name: 'questionMarks', range: [0, Infinity], unit: 'tokens', meaning: 'Tokens with a question mark.' },
    { name: 'imperatives', range: [0, Infinity], unit: 'messages', meaning: 'Messages that end with “!”.' },
  ],
  ofText: (text) => ({ hedges: text.match(/\b(?:perhaps|maybe)\b/gi)?.length ?? 0 }),
  ofTokens() {
    let questionMarks = 0;
    return {
      add: ({ token }) => void (questionMarks += token.includes('?') ? 1 : 0),
      write: (into) => void (into['questionMarks'] = questionMarks),
    };
  },
  ofRequest: ({ messages }) => ({
    imperatives: messages.filter(({ content }) => typeof content === 'string' && content.endsWith('!'))
      .length,
  }),
};

/** Paid: a grade in the words of a school. */
const grade: PaidSignal = {
  name: 'grade',
  range: [0, 1],
  unit: 'probability',
  meaning: 'The grade that the model gives its own answer, A to F.',
  question: 'Grade the answer above. Reply with one letter from A to F.',
  maxTokens: 1,
  needsLogprobs: false,
  read({ text }) {
    const index = 'FEDCBA'.indexOf(text.trim());
    return text.trim() === '' || index < 0 ? undefined : (index + 0.5) / 6;
  },
  replyOf: (value) => ({ content: 'FEDCBA'[Math.floor(value * 6)] ?? 'A' }),
};

const table: SignalTable = { free: [...SIGNALS.free, doubts], paid: [...SIGNALS.paid, grade] };

function read(text: string): Readonly<Record<string, number>> {
  const answer = createAnswerSignals(table);
  for (const token of text.split(/(?= )/)) answer.add({ token, logprob: -0.1 });
  return answer.finish(text, 5);
}

test('free signals are read beside those that were there', () => {
  const { hedges, questionMarks, answerWords, scoredTokens } = read('Perhaps Oslo? Maybe Bergen.');
  assert.deepEqual([hedges, questionMarks, answerWords, scoredTokens], [2, 1, 4, 4]);
  const features = requestFeatures({ messages: [{ role: 'user', content: 'Say it!' }] }, table);
  assert.deepEqual(features, { promptTokens: 2, turns: 1, imperatives: 1 });
  assert.equal('hedges' in createAnswerSignals().finish('Perhaps', 1), false);
});

test('a fitted model reads a signal as the table says', () => {
  const rows = Array.from({ length: 20 }, (_, index) => ({ hedges: (index + 1) / 30 }));
  const transforms = (of?: SignalTable) =>
    chooseColumns(rows, of === undefined ? {} : { table: of }).columns.map(({ transform }) => transform);
  assert.deepEqual([transforms(), transforms(table)], [['logit'], ['log1p']]);
});

test('the paid signal can be asked for where it is offered', () => {
  assert.deepEqual([isAvailable('grade', 'none', table), isAvailable('grade', 'none')], [true, false]);
  assert.equal(paidSignalNamed('grade', table)?.question, grade.question);
});

test('both are used by a confidence model in a cascade: the free one sends the answer to the paid one', async () => {
  const { rule, model } = handMade({
    tiers: { small: 1_000, large: 200_000 },
    signal: 'hedges',
    transform: 'identity',
    paidSignal: 'grade',
    paid: { small: 1_000 },
  });
  const policy = testPolicy(rule, [testTier('small'), testTier('large')]);
  const outcomeFor = async (reply: string) => {
    const outcome = await drive(policy, model, testView(), async (call) => {
      if (call.about === undefined)
        return attemptOf(call, { signals: read('Oslo.'), paidSignals: ['grade'] });
      const value = paidSignalNamed('grade', table)?.read({ text: reply });
      return attemptOf(call, { signals: value === undefined ? {} : { grade: value } });
    });
    return [outcome.served?.tier, ...outcome.judgements.map(({ action }) => action)];
  };
  assert.deepEqual(await outcomeFor('A'), [0, 'enter', 'paid', 'accept']);
  assert.deepEqual(await outcomeFor('F'), [1, 'enter', 'paid', 'escalate', 'accept']);
});
