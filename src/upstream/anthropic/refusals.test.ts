import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureOfRefusal, statusOfErrorWithin } from './refusals.ts';

const refused = (status: number, type: string, message: string, headers: Record<string, string> = {}) =>
  failureOfRefusal({
    upstream: 'far',
    url: 'https://example.org/v1/messages',
    model: 'claude',
    status,
    headers,
    text: JSON.stringify({ type: 'error', error: { type, message } }),
  });

test('each refusal of the API means what it says', () => {
  const codes: [number, string, string, string][] = [
    [400, 'invalid_request_error', 'max_tokens: required', 'upstream_rejected'],
    [
      400,
      'invalid_request_error',
      'prompt is too long: 210000 tokens > 200000 maximum',
      'context_length_exceeded',
    ],
    [
      400,
      'invalid_request_error',
      'input length and `max_tokens` exceed context limit: 1 + 2 > 3',
      'context_length_exceeded',
    ],
    [
      400,
      'invalid_request_error',
      'Your credit balance is too low to access the API.',
      'upstream_credentials',
    ],
    [401, 'authentication_error', 'invalid x-api-key', 'upstream_credentials'],
    [403, 'permission_error', 'no access', 'upstream_credentials'],
    [404, 'not_found_error', 'model: claude', 'upstream_error'],
    [413, 'request_too_large', 'too large', 'upstream_rejected'],
    [429, 'rate_limit_error', 'slow down', 'upstream_rate_limited'],
    [500, 'api_error', 'oops', 'upstream_error'],
    [529, 'overloaded_error', 'Overloaded', 'upstream_unavailable'],
  ];
  for (const [status, type, message, code] of codes)
    assert.equal(refused(status, type, message).code, code, message);
});

test('a server that is overloaded may be asked again, after the pause that it asks for', () => {
  const { safeToRepeat, retryAfterMs, unbilled } = refused(529, 'overloaded_error', 'Overloaded', {
    'retry-after': '2',
  });
  assert.deepEqual([safeToRepeat, retryAfterMs, unbilled], [true, 2_000, true]);
});

test('an error inside a 200 has the status of its type, and a message that talks of errors is none', () => {
  const inside = (value: unknown): number | undefined => statusOfErrorWithin(JSON.stringify(value));
  assert.equal(inside({ type: 'error', error: { type: 'overloaded_error', message: 'x' } }), 529);
  assert.equal(inside({ type: 'error', error: { type: 'brand_new_error' } }), 200);
  assert.equal(inside({ type: 'error' }), 200);
  assert.equal(inside({ error: { message: 'from a proxy' } }), 200);
  assert.equal(
    inside({ type: 'message', content: [{ type: 'tool_use', input: { error: 'x' } }] }),
    undefined,
  );
  assert.equal(inside({ type: 'content_block_delta', delta: { text: '"error"' } }), undefined);
  assert.equal(statusOfErrorWithin('"error" and no JSON'), undefined);
});
