import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureOf, requestWith, startUpstream } from '../testing.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const KEY = 'sk-very-secret-0123';

const cases: readonly (readonly [what: string, error: unknown, code: string, says: RegExp, said: RegExp])[] =
  [
    [
      'without a status',
      { message: 'no capacity' },
      'upstream_error',
      /answered 200 with an error/,
      /no capacity/,
    ],
    ['as text', 'no capacity', 'upstream_error', /answered 200 with an error/, /no capacity/],
    [
      'with the status of a full server',
      { message: 'wait', code: 429 },
      'upstream_rate_limited',
      /limits the rate/,
      /wait/,
    ],
    [
      'with the status of a bad request',
      { message: 'bad', code: 400 },
      'upstream_rejected',
      /rejected/,
      /bad/,
    ],
    [
      'with a status that is no failure',
      { message: 'hm', code: 200 },
      'upstream_error',
      /answered 200 with an error/,
      /hm/,
    ],
    ['with a key in it', { message: `key ${KEY}` }, 'upstream_error', /with an error/, /key \[redacted\]/],
  ];

for (const [what, error, code, says, said] of cases) {
  test(`an error inside a 200 is told as one: ${what}`, async (t) => {
    const { upstream } = await startUpstream(
      t,
      { headers: JSON_TYPE, body: [JSON.stringify({ error, user_id: 'x' })] },
      { apiKey: KEY },
    );
    for (const stream of [false, true]) {
      const failure = await failureOf(upstream.chat(requestWith({ stream })));
      assert.equal(failure.code, code);
      assert.match(failure.message, says);
      assert.match(failure.said ?? '', said);
      assert.doesNotMatch(JSON.stringify(failure), /very-secret/);
    }
  });
}

for (const body of [
  '{"choices":[{"message":{"content":"\\"error\\":1"}}],"error":null}',
  '{"error":null,"object":"list"}',
  '{"error":"brok',
]) {
  test(`what is no error inside a 200 is handed on: ${body}`, async (t) => {
    const { upstream } = await startUpstream(t, { headers: JSON_TYPE, body: [body] });
    const reply = await upstream.chat(requestWith());
    assert.equal(reply.kind === 'whole' && reply.text, body);
  });
}
