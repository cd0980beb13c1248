import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { conversationKeyOf, questionKey, questionKeyOf } from './question-key.ts';

test('a question keeps its key whatever white space stands around it, and no other way of writing it', () => {
  assert.equal(questionKey(' Which town?\n'), questionKey('Which town?'));
  assert.notEqual(questionKey('Which  town?'), questionKey('Which town?'));
  assert.notEqual(questionKey('which town?'), questionKey('Which town?'));
  assert.match(questionKey('which town?'), /^2:[0-9a-f]{32}$/);
  assert.equal(
    questionKey('which town?'),
    '2:1b5f9bca03c2fe31adf0f803ef69624e',
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

test('the question of a conversation is all of it: its system message, every turn, and who said what', () => {
  const said = (...texts: string[]): object[] =>
    texts.map((content, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', content }));
  const system = { role: 'system', content: 'Be brief.' };
  const [alone, turns] = [said('Continue'), said('Hello', 'Hi', 'Continue')];
  assert.equal(questionKeyOf(alone), questionKey('Continue'));
  const conversations = [
    alone,
    turns,
    [system, ...alone],
    [system, ...turns],
    [{ ...system, content: 'Be long.' }, ...alone],
    said('Hello', 'Ho', 'Continue'),
    said('Hello Hi', 'Continue'),
    [{ role: 'assistant', content: 'Continue' }],
    [{ role: 'user', content: 'Continue', name: 'kim' }],
  ];
  const keys = conversations.map((messages) => questionKeyOf(messages));
  assert.equal(new Set(keys).size, conversations.length);
  assert.ok(!keys.includes(undefined));
  assert.equal(questionKeyOf([system, { role: 'user', content: ' Continue\n' }]), keys[2]);
});

test('what is more than text has no key', () => {
  const parts = (...content: object[]) => [{ role: 'user', content }];
  const text = { type: 'text', text: 'Which town?' };
  assert.equal(questionKeyOf(parts(text)), questionKey('Which town?'));
  // Of another picture it is another question, and its right answer another one.
  assert.equal(questionKeyOf(parts(text, { type: 'image_url' })), undefined);
  assert.equal(questionKeyOf(parts({ ...text, type: 'image_url' })), undefined);
  const asked = { role: 'user', content: 'Which town?' };
  assert.equal(questionKeyOf([asked, { role: 'tool', content: 'Rome' }]), undefined);
  assert.equal(questionKeyOf([asked, { role: 'assistant', content: '', tool_calls: [{}] }]), undefined);
  assert.notEqual(questionKeyOf([asked, { role: 'assistant', content: '', tool_calls: [] }]), undefined);
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
});

test('where no user says anything, the whole prompt is the conversation', () => {
  const keyOf = (messages: unknown) => conversationKeyOf(messages, 'a secret');
  const asked = (content: string) => [{ role: 'system', content }];
  assert.match(keyOf(asked('Which town?')), /^[0-9a-f]{32}$/);
  assert.equal(keyOf(asked('Which town?')), keyOf(asked('Which town?')));
  assert.notEqual(keyOf(asked('Which town?')), keyOf(asked('Which hill?')));
  const silent = { role: 'user', content: ' ' };
  assert.notEqual(keyOf([...asked('Which town?'), silent]), keyOf([...asked('Which hill?'), silent]));
  let deep: unknown = [];
  for (let depth = 0; depth < 200_000; depth++) deep = [deep];
  assert.match(keyOf([{ role: 'system', content: deep }]), /^[0-9a-f]{32}$/);
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
    [{ role: 'system', content: ' ' }],
    [{ role: 'user', content: ' ' }],
  ])
    assert.equal(questionKeyOf(messages), undefined);
  assert.notEqual(questionKeyOf([{ role: 'system', content: 'Which town?' }]), undefined);
});
