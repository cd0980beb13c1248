import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { withoutContent } from './scrub.ts';

const asking = (content: string, more: object = {}) => ({ messages: [{ role: 'user', content }], ...more });

test('words of the request go, those of the API and of the server stay', () => {
  assert.equal(
    withoutContent(
      "Invalid value for 'temperature': 'alice wins' is not a number",
      asking('Alice wins!'),
      [],
    ),
    "Invalid value for 'temperature': '[…]' is not a number",
  );
});

test('parameters that the client used, and the model, are no content', () => {
  const request = asking('please', { top_k: 3, model: 'auto' });
  assert.equal(
    withoutContent("qwen3:0.6b takes no 'top_k'", request, ['qwen3:0.6b']),
    "qwen3:0.6b takes no 'top_k'",
  );
});

test('a word that was cut may be the half of another: it goes too', () => {
  assert.equal(withoutContent('failed at secr…', asking('secrets'), []), 'failed at […]…');
  assert.equal(
    withoutContent('failed at "...ecrets" near secr... and', asking('secrets'), []),
    'failed at "...[…]" near […]... and',
  );
});

test('a long word that something has grown onto goes too', () => {
  assert.equal(
    withoutContent(
      'no zanzibarquokkas, xzanzibarquokka or temperatures',
      asking('Zanzibarquokka, temperature'),
      [],
    ),
    'no […] or temperatures',
  );
});

test('other scripts, names of members, numbers and tools are content too', () => {
  const request = asking('密码', { tools: [{ function: { name: 'launch', parameters: { vault: 4711 } } }] });
  assert.equal(withoutContent('bad 密码, launch vault 4711 é', request, []), 'bad […] é');
});

test('accounts go, whoever is named', () => {
  assert.equal(
    withoutContent('for organization org-acme1 on requests', asking('x'), []),
    'for organization […] on requests',
  );
});

test('no word of a request is left in what was said of it', () => {
  const word = fc.stringMatching(/^[a-zA-Z0-9]{5,12}z$/);
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 9 }), fc.string(), (words, between) => {
      const shown = withoutContent(words.join(` ${between} `), asking(words.join(', ')), []);
      for (const each of words)
        assert.ok(
          !shown
            .toLowerCase()
            .split(/[^a-z0-9]+/)
            .includes(each.toLowerCase()),
          shown,
        );
    }),
  );
});

test('a long request is looked through once', () => {
  const said = Array.from({ length: 80 }, (_, at) => `word${at}x`)
    .join(' ')
    .slice(0, 250)
    .concat('grown'.repeat(50));
  const time = (repeats: number) => {
    const request = asking('word77 wordy word8x '.repeat(repeats));
    const began = performance.now();
    withoutContent(said, request, []);
    return performance.now() - began;
  };
  time(50_000);
  assert.ok(time(100_000) < 1_000);
});
