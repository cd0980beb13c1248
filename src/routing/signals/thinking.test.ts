import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createThinkFilter, tokensOfAnswer, withoutThinking } from './thinking.ts';

const token = (text: string) => ({ token: text, logprob: -0.1 });

test('thinking in the text is passed by, however its tags are cut into tokens', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(60), { maxLength: 12 }), fc.constantFrom('', ' \n'), (cuts, lead) => {
      const text = `${lead}<think>is it <b>?</think>`;
      const places = [0, ...cuts.filter((cut) => cut < text.length).toSorted((a, b) => a - b), text.length];
      const passed: string[] = [];
      const filter = createThinkFilter(({ token: piece }) => passed.push(piece));
      places.slice(1).forEach((end, index) => filter.add(token(text.slice(places[index], end))));
      filter.add(token('Rome'));
      filter.end();
      assert.equal(passed.join(''), 'Rome');
    }),
  );
});

test('a text that only begins like a tag is an answer', () => {
  const passed: string[] = [];
  const filter = createThinkFilter(({ token: piece }) => passed.push(piece));
  for (const piece of ['<', 'th', 'ead>']) filter.add(token(piece));
  filter.end();
  assert.deepEqual(passed, ['<', 'th', 'ead>']);
  const short: string[] = [];
  const other = createThinkFilter(({ token: piece }) => short.push(piece));
  other.add(token('<'));
  other.end();
  assert.deepEqual(short, ['<']);
});

test('text and tokens lose the same thinking', () => {
  const cases: [string, string][] = [
    ['<think>a <b></think>Rome', 'Rome'],
    ['\n<think>a</think>\n\nRome', '\n\nRome'],
    ['<think>never ends', ''],
    ['<thin', '<thin'],
    ['Rome, </think> and <think>no</think>', 'Rome, </think> and <think>no</think>'],
    ['<think></think><think>twice</think>', '<think>twice</think>'],
    ['', ''],
  ];
  for (const [text, shown] of cases) {
    const passed: string[] = [];
    const filter = createThinkFilter(({ token: piece }) => passed.push(piece));
    for (const character of text) filter.add(token(character));
    filter.end();
    assert.equal(passed.join(''), shown);
    assert.equal(withoutThinking(text), shown);
  }
});

test('of the tokens of reasoning and answer those that spell the answer are its own, or none', () => {
  const tokens = ['Hm', ' Rome', 'Ro', 'me'].map(token);
  assert.deepEqual(tokensOfAnswer('Rome', tokens), tokens.slice(2));
  assert.deepEqual(tokensOfAnswer('', tokens), []);
  assert.deepEqual(tokensOfAnswer('Roma', tokens), []);
  assert.deepEqual(tokensOfAnswer('me and more', [token('me')]), []);
});
