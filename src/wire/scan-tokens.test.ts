import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { scanTokens } from './scan-tokens.ts';

/** What is read of an array of tokens, by `JSON.parse`. */
function parsed(text: string): unknown {
  const tokens = JSON.parse(text) as {
    token: string;
    logprob: number;
    top_logprobs?: { logprob: number }[];
  }[];
  return tokens.map(({ token, logprob, top_logprobs: top }) => ({
    token,
    logprob,
    ...(top === undefined ? {} : { top_logprobs: top.map((one) => ({ logprob: one.logprob })) }),
  }));
}

const named = (token: string, logprob: number): object => ({
  token,
  logprob,
  bytes: [...Buffer.from(token)],
});

const alternative = fc
  .record({
    token: fc.string({ unit: 'binary' }),
    logprob: fc.double({ noNaN: true, noDefaultInfinity: true }),
  })
  .map(({ token, logprob }) => named(token, logprob));
const tokens = fc.array(
  fc
    .tuple(alternative, fc.option(fc.array(alternative, { maxLength: 6 }), { nil: undefined }))
    .map(([own, top]) => (top === undefined ? own : { ...own, top_logprobs: top })),
  { minLength: 1, maxLength: 8 },
);

test('any tokens are read as JSON.parse reads them, wherever they stand', () => {
  fc.assert(
    fc.property(tokens, fc.string(), (list, before) => {
      const text = JSON.stringify(list);
      const scanned = scanTokens(`${before}${text},"more":[]`, before.length);
      assert.deepEqual(scanned, { tokens: parsed(text), end: before.length + text.length });
    }),
    { seed: 3, numRuns: 500 },
  );
});

test("llama.cpp's order of members, and bytes that are null or missing, are read too", () => {
  const text =
    '[{"id":315,"token":" of","bytes":[32,111],"logprob":-0.5,"top_logprobs":[{"id":315,"token":" of","bytes":null,"logprob":-0.5},{"token":"x","logprob":-1e3}]},' +
    '{"token":"\\u00e9\\"","logprob":-0,"bytes":null,"top_logprobs":[]}]';
  assert.deepEqual(scanTokens(text, 0), { tokens: parsed(text), end: text.length });
});

test('what is no JSON is never read, wherever it breaks', () => {
  const text = JSON.stringify([
    { ...named('a"\\b', -1.25), top_logprobs: [named('é', -0.5), named('\n', -12)] },
    named('b', 0),
  ]);
  assert.ok(scanTokens(text, 0));
  for (let length = 0; length < text.length; length += 1) {
    assert.equal(scanTokens(text.slice(0, length), 0), undefined, text.slice(0, length));
  }
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: text.length - 1 }),
      fc.string({ minLength: 1, maxLength: 2 }),
      (at, put) => {
        const broken = text.slice(0, at) + put + text.slice(at + 1);
        const scanned = scanTokens(broken, 0);
        if (scanned === undefined) return;
        const read = broken.slice(0, scanned.end);
        assert.deepEqual(scanned.tokens, parsed(read), read);
      },
    ),
    { seed: 4, numRuns: 5_000 },
  );
});

test('numbers and escapes that JSON does not have are left to JSON.parse to refuse', () => {
  for (const entry of [
    '{"token":"a","logprob":01}',
    '{"token":"a","logprob":-}',
    '{"token":"a","logprob":1.}',
    '{"token":"a","logprob":.5}',
    '{"token":"a","logprob":1e}',
    '{"token":"a","logprob":NaN}',
    '{"token":"\\x","logprob":1}',
    '{"token":"\\u12g4","logprob":1}',
    '{"token":"\t","logprob":1}',
    '{"token":"a","bytes":[01],"logprob":1}',
    '{"token":"a","bytes":[1,],"logprob":1}',
    '{"token":"a","logprob":1,"top_logprobs":[{"token":"b","logprob":1},]}',
  ]) {
    assert.equal(scanTokens(`[${entry}]`, 0), undefined, entry);
    assert.throws(() => void JSON.parse(`[${entry}]`), entry);
  }
});

test('members that nobody foresaw, and white space, are left to JSON.parse to read', () => {
  for (const entry of [
    '{"token":"a","logprob":-1,"rank":1}',
    '{"token":"a", "logprob":-1}',
    '{"token":"a","logprob":null}',
    '{"token":null,"logprob":-1}',
    '{"logprob":-1}',
    '{"token":"a"}',
    '1',
  ]) {
    assert.equal(scanTokens(`[${entry}]`, 0), undefined, entry);
  }
  assert.equal(scanTokens('[]', 0), undefined);
});
