import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { conversationKeyOf, questionKey, questionKeyOf } from './question-key.ts';

test('a question keeps its key whatever its case and white space', () => {
  assert.equal(questionKey('Which  town?\n'), questionKey('which town?'));
  assert.equal(questionKey('cafe\u0301'), questionKey('caf\u00e9'), 'however its accents are composed');
  assert.match(questionKey('which town?'), /^[0-9a-f]{32}$/);
  assert.equal(
    questionKey('which town?'),
    '948dbe3eb1974285ef5516b466e241cb',
    'imported references stay found',
  );
});

test('other questions have other keys', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' d') });
  fc.assert(
    fc.property(word, word, (one, other) => {
      fc.pre(one.trim() !== other.trim());
      assert.notEqual(questionKey(one), questionKey(other));
    }),
  );
  assert.notEqual(questionKey('which town?'), questionKey('which town'));
});

test('the question of a conversation is the last user message', () => {
  const said = (...texts: string[]): object[] =>
    texts.map((content, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', content }));
  assert.equal(questionKeyOf(said('Hello', 'Hi', 'Which town?')), questionKey('Which town?'));
  assert.equal(questionKeyOf(said('Which town?', 'Rome')), questionKey('Which town?'));
  const parts = (...content: object[]) => [{ role: 'user', content }];
  const text = { type: 'text', text: 'Which town?' };
  assert.equal(questionKeyOf(parts(text)), questionKey('Which town?'));
  // Of another picture it is another question, and its right answer another one.
  assert.equal(questionKeyOf(parts(text, { type: 'image_url' })), undefined);
});

test('the requests of a conversation share a key, and so do those that begin with the same question', () => {
  const first = [{ role: 'user', content: 'Which town?' }];
  const later = [...first, { role: 'assistant', content: 'Rome' }, { role: 'user', content: 'Why?' }];
  const keyOf = (messages: object[]) => conversationKeyOf(messages, 'a secret');
  assert.match(keyOf(first) ?? '', /^[0-9a-f]{32}$/);
  assert.equal(keyOf(later), keyOf(first));
  assert.equal(
    keyOf([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'which  town?' },
    ]),
    keyOf(first),
  );
  assert.notEqual(keyOf([{ role: 'user', content: 'Why?' }]), keyOf(first));
  assert.equal(keyOf([{ role: 'system', content: 'Be brief.' }]), undefined);
});

test('without the secret a conversation’s first message cannot be guessed from its key', () => {
  const pin = [{ role: 'user', content: '4711' }];
  assert.notEqual(conversationKeyOf(pin, 'a secret'), questionKey('4711'));
  assert.notEqual(conversationKeyOf(pin, 'a secret'), conversationKeyOf(pin, 'another secret'));
});

test('the same words about another image begin another conversation', () => {
  const about = (url: string) => [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is this?' },
        { type: 'image_url', image_url: { url } },
      ],
    },
  ];
  const keyOf = (url: string) => conversationKeyOf(about(url), 'a secret');
  assert.equal(keyOf('data:a'), keyOf('data:a'));
  assert.notEqual(keyOf('data:a'), keyOf('data:b'));
});

test('without text there is no question', () => {
  for (const messages of [
    undefined,
    [],
    [{ role: 'system', content: 'Be brief.' }],
    [{ role: 'user', content: ' ' }],
  ])
    assert.equal(questionKeyOf(messages), undefined);
});
