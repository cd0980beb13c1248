import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRedactor } from './redact.ts';

test('a credential is taken out as it is, within JSON and within a URL', () => {
  const redact = createRedactor(['se"cret/key+1']);
  const shown = redact(
    `plain se"cret/key+1, json ${JSON.stringify('se"cret/key+1')}, url ?k=${encodeURIComponent('se"cret/key+1')}`,
  );
  assert.equal(shown, 'plain [redacted], json "[redacted]", url ?k=[redacted]');
});

test('the key of an authorization header is taken out without its scheme as well', () => {
  const redact = createRedactor(['Bearer abcdefghij']);
  assert.equal(redact('Bearer abcdefghij and abcdefghij'), '[redacted] and [redacted]');
});

test('of two credentials, one the beginning of the other, nothing is left', () => {
  assert.equal(createRedactor(['abcdef', 'abcdefghi'])('x abcdefghi y'), 'x [redacted] y');
});

test('very short values are no credentials', () => {
  assert.equal(createRedactor(['a', ''])('banana'), 'banana');
});

test('no text keeps a credential, whatever stands around it', () => {
  const secret = 'sk-0123456789abcdef';
  const redact = createRedactor([secret]);
  fc.assert(
    fc.property(
      fc.string(),
      fc.string(),
      (before, after) => !redact(before + secret + after).includes(secret),
    ),
  );
});

test('what looks like a credential is taken out, whoever it belongs to; words about them stay', () => {
  const redact = createRedactor([]);
  const jwt = 'eyJhbGciOiJI.eyJzdWIiOiIx.c2ln-bmF0dXJl';
  assert.equal(
    redact(`{"a":"authorization: bearer q1w2e3r4t5","b":"sk-0123456789abcdefgh","c":"${jwt}"}`),
    '{"a":"authorization: bearer [redacted]","b":"[redacted]","c":"[redacted]"}',
  );
  for (const words of ['the Bearer scheme is needed', 'key-value pairs', 'sk-learn', 'eyJ'])
    assert.equal(redact(words), words);
});
