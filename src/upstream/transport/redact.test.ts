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

test('a credential that came back in base64 or hexadecimal is taken out, wherever in it it stands', () => {
  const secret = 'gateway-key-ü-4711';
  const redact = createRedactor([secret]);
  for (const around of ['', 'u', 'us', 'user:'])
    for (const coding of ['base64', 'base64url', 'hex'] as const) {
      const shown = redact(
        `Basic: ${Buffer.from(`${around}${secret}${around}`).toString(coding)} was refused`,
      );
      assert.match(shown, /\[redacted\]/);
      const left = shown.replace('Basic: ', '').replace(' was refused', '').replace('[redacted]', '');
      assert.ok(left.length <= 4 * around.length + 8, shown);
    }
});

test('a JSON web token is taken out with what stands before and after it left', () => {
  const redact = createRedactor([]);
  const token = 'eyJhbGciOiJI.eyJzdWIiOiIx.c2ln-bmF0dXJl';
  assert.equal(redact(`see a-${token}, and ${token}.`), 'see a-[redacted], and [redacted].');
  assert.equal(
    redact('eyJhbGciOiJIUzI1NiJ9 alone is the head of many'),
    'eyJhbGciOiJIUzI1NiJ9 alone is the head of many',
  );
});

test('a text of any length is looked through in time that is linear in it', () => {
  const redact = createRedactor(['abcdefgh']);
  const parts = [
    'eyJ-',
    'eyJ.',
    'eyJaaaaaaaa.',
    'eyJaaaaaaaa-',
    'Bearer ',
    'Bearer\t',
    'sk-',
    'key-key_',
    'a.',
    '-.',
    'bearer-1',
  ];
  for (const part of parts) {
    const began = performance.now();
    redact(part.repeat(50_000));
    // Quadratic, it took minutes.
    assert.ok(performance.now() - began < 2_000, part);
  }
});
