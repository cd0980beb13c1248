import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editAnswer, type AnswerEdits } from '../../protocol/openai-chat/render-answer.ts';
import { parseAnswer } from './read-answer.ts';

const token = {
  token: ' Ro"me',
  logprob: -0.25,
  bytes: [32, 82, 111],
  top_logprobs: [{ token: 'x', logprob: -2.5, bytes: [120] }],
};
const read = { token: ' Ro"me', logprob: -0.25, top_logprobs: [{ logprob: -2.5 }] };

const answer = (logprobs: unknown): object => ({
  id: 'upstream-1',
  choices: [{ index: 0, message: { role: 'assistant', content: 'say "logprobs":{"content":[' }, logprobs }],
  usage: { prompt_tokens: 1 },
});

test('an answer without log-probabilities is parsed as it is', () => {
  for (const logprobs of [null, undefined, {}, { content: null }, { content: [] }]) {
    const text = JSON.stringify(answer(logprobs));
    assert.deepEqual(parseAnswer(text).value, JSON.parse(text));
  }
});

test('tokens come as the signals need them, everything else as it is', () => {
  const logprobs = { content: [token, token], refusal: null };
  const { value, ends } = parseAnswer(JSON.stringify(answer(logprobs)));
  assert.deepEqual(value, answer({ content: [read, read], refusal: null }));
  assert.equal(ends.size, 1);
});

test('white space in the text costs time, and changes nothing', () => {
  const text = JSON.stringify(answer({ content: [token] }), null, 2);
  assert.deepEqual(parseAnswer(text), { value: JSON.parse(text) as unknown, ends: new Map() });
});

test('tokens that are not the first choice’s are not taken for them', () => {
  const beside = { extra: { logprobs: { content: [token] } }, ...answer(null) };
  const twice = JSON.stringify(answer({ content: [token] })).replace(
    '"usage"',
    '"logprobs":{"content":[]},"usage"',
  );
  const later = { choices: [{ index: 0 }, { index: 1, logprobs: { content: [token] } }] };
  for (const text of [JSON.stringify(beside), JSON.stringify(later)]) {
    assert.deepEqual(parseAnswer(text), { value: JSON.parse(text) as unknown, ends: new Map() });
  }
  assert.deepEqual(parseAnswer(twice).value, {
    ...answer({ content: [read] }),
    logprobs: { content: [] },
  });
});

test('a text that is no JSON is none, whether it breaks before, in or after the tokens', () => {
  const text = JSON.stringify(answer({ content: [token, token] }));
  for (let length = 0; length < text.length; length += 1) {
    assert.throws(() => parseAnswer(text.slice(0, length)), SyntaxError, text.slice(0, length));
  }
  assert.throws(() => parseAnswer(`${text}}`), SyntaxError);
});

test('an edit that knows where the tokens end changes the same bytes as one that does not', () => {
  const edits: AnswerEdits[] = [
    { id: 'ours', logprobs: 'keep', removeUsage: false },
    { id: 'ours', logprobs: 'remove', removeUsage: true },
    { id: 'ours', logprobs: { alternatives: 0 }, removeUsage: false },
  ];
  const text = JSON.stringify(answer({ content: [token, token] }));
  for (const edit of edits) {
    const { ends } = parseAnswer(text);
    assert.equal(editAnswer(text, edit, ends).toString(), editAnswer(text, edit).toString());
  }
});
