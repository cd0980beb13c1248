import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pTrue } from './p-true.ts';
import { SIGNALS } from './signals.ts';
import { verbalized } from './verbalized.ts';

/** A first token with these probabilities, the chosen one first. */
function first(...probabilities: [string, number][]) {
  const top_logprobs = probabilities.map(([token, p]) => ({ token, logprob: Math.log(p) }));
  const [chosen = { token: '', logprob: 0 }] = top_logprobs;
  return { ...chosen, top_logprobs };
}
const probabilityOfTrue = (...probabilities: [string, number][]): number | undefined =>
  pTrue.read({ text: '', first: first(...probabilities) });
const stated = (text: string, finishReason?: string): number | undefined =>
  verbalized.read({ text, ...(finishReason === undefined ? {} : { finishReason }) });

test('P(True) is the share of yes among yes and no, in every spelling', () => {
  const value = probabilityOfTrue(
    ['True', 0.5],
    [' true', 0.1],
    ['YES', 0.05],
    ['False', 0.1],
    [' No.', 0.05],
    ['Hm', 0.2],
  );
  assert.ok(Math.abs((value ?? 0) - 0.65 / 0.8) < 1e-12, String(value));
});

test('what is certain stays within 0 and 1', () => {
  assert.equal(probabilityOfTrue(['True', 1]), 1);
  assert.equal(probabilityOfTrue(['no', 0.9]), 0);
});

test('a token that stands among its own alternatives counts once, one that does not counts too', () => {
  const twice = probabilityOfTrue(['True', 0.6], ['True', 0.6], ['False', 0.2]);
  assert.ok(Math.abs((twice ?? 0) - 0.75) < 1e-12, String(twice));
  const alone = {
    token: 'False',
    logprob: Math.log(0.2),
    top_logprobs: [{ token: 'True', logprob: Math.log(0.6) }],
  };
  const value = pTrue.read({ text: 'False', first: alone });
  assert.ok(Math.abs((value ?? 0) - 0.75) < 1e-12, String(value));
});

test('a model that is about to say something else has said nothing of its answer', () => {
  assert.equal(probabilityOfTrue(['The', 0.92], ['True', 0.05], ['False', 0.02]), undefined);
  assert.equal(probabilityOfTrue(['<think>', 1]), undefined);
  assert.equal(pTrue.read({ text: 'True' }), undefined);
});

test('a word whose log-probability is positive or no number has said nothing', () => {
  const of = (...given: [string, unknown][]): number | undefined => {
    const top_logprobs = given.map(([token, logprob]) => ({ token, logprob: logprob as number }));
    return pTrue.read({ text: 'True', first: { token: 'x', logprob: -9, top_logprobs } });
  };
  assert.equal(of(['True', 1.5], ['False', Math.log(0.4)]), 0);
  assert.equal(of(['True', 1.5]), undefined);
  assert.equal(of(['True', null]), undefined);
});

test('P(True) is within 0 and 1 whatever the log-probabilities', () => {
  const word = fc.constantFrom('True', 'False', 'yes', 'no', 'maybe', '');
  const token = fc.record({ token: word, logprob: fc.double() });
  fc.assert(
    fc.property(token, fc.array(token), (chosen, top_logprobs) => {
      const value = pTrue.read({ text: '', first: { ...chosen, top_logprobs } });
      assert.ok(value === undefined || (value >= 0 && value <= 1), String(value));
    }),
  );
});

test('a stated confidence is a number from 0 to 100', () => {
  for (const [text, value] of [
    ['87', 0.87],
    [' 0', 0],
    ['100%', 1],
    ['I would say 62.5 %.', 0.625],
    ['90/100', 0.9],
    ['85 out of 100', 0.85],
    ['<think>50 or 60?</think>\n70', 0.7],
  ] as const)
    assert.equal(stated(text), value, text);
});

test('what could mean two things, or nothing, is no confidence', () => {
  for (const text of ['', 'very likely', '0.95', '1.0', '80-90', '80 to 90', '101', '-5', '<think>80'])
    assert.equal(stated(text), undefined, text);
});

test('a number that the limit may have cut is no confidence', () => {
  assert.equal(stated('It is 9', 'length'), undefined);
  assert.equal(stated('90, for', 'length'), 0.9);
  assert.equal(stated('9', 'stop'), 0.09);
});

test('the questions are short, and their words are fixed', () => {
  assert.deepEqual(
    SIGNALS.paid.map(({ name, question, maxTokens, needsLogprobs }) => ({
      name,
      question,
      maxTokens,
      needsLogprobs,
    })),
    [
      {
        name: 'pTrue',
        question: 'Is the answer above correct? Reply with one word: True or False.',
        maxTokens: 1,
        needsLogprobs: true,
      },
      {
        name: 'verbalized',
        question:
          'How likely is it that the answer above is correct? Reply with a whole number from 0 to 100, and nothing else.',
        maxTokens: 16,
        needsLogprobs: false,
      },
    ],
  );
});

test('a reply that is played back is read as the value that it says', () => {
  for (const value of [0.01, 0.37, 0.5, 0.98]) {
    const { content, tokens: [token] = [] } = pTrue.replyOf(value);
    assert.ok(token);
    const top_logprobs = token.top.map(([text, logprob]) => ({ token: text, logprob }));
    const read = pTrue.read({
      text: content,
      first: { token: token.text, logprob: token.logprob, top_logprobs },
    });
    assert.ok(Math.abs((read ?? 0) - value) < 1e-12);
    assert.equal(verbalized.read({ text: verbalized.replyOf(value).content }), value);
  }
});
