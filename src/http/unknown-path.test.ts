import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unknownPath } from './unknown-path.ts';

const KNOWN = ['/v1/chat/completions', '/v1/models'];

for (const path of [
  '/chat/completions',
  '/v1/v1/chat/completions',
  '/v1/chat/completions/',
  '//v1//chat/completions',
  '/V1/Chat/Completions',
]) {
  test(`who asks for ${path} is told the path that was meant`, () => {
    assert.match(unknownPath('POST', path, KNOWN), /did you mean \/v1\/chat\/completions\?/);
  });
}

for (const path of ['/v1/files', '/batches', '/v1/images/variations', '/v1/responses/x']) {
  test(`who asks for ${path} is told that it is not served, and what is`, () => {
    assert.match(
      unknownPath('POST', path, KNOWN),
      /does not serve this part of the API, only what works with models/,
    );
  });
}

test('any other path is told where the API begins', () => {
  assert.equal(
    unknownPath('GET', '/nope', KNOWN),
    'There is no GET /nope; the API begins at /v1, as in /v1/chat/completions.',
  );
});

test('a long path is not said back whole', () => {
  assert.ok(unknownPath('GET', `/${'x'.repeat(30_000)}`, KNOWN).length < 400);
});
