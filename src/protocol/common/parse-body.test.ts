import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorBody } from '../../errors.ts';
import { chatRequestSchema } from './chat.ts';
import { parseBody } from './parse-body.ts';

/** What is told of a chat with these members beside its own. */
function told(more: object): unknown[] {
  try {
    parseBody(chatRequestSchema, JSON.stringify({ model: 'm', messages: [{ role: 'user' }], ...more }));
  } catch (error) {
    const { code, param } = errorBody(error).error;
    return [code, param];
  }
  return [];
}

test('a member that some servers would take for one that is read here is refused', () => {
  for (const name of ['Model', 'MODEL', 'meſſages', 'Max_Tokens', 'toolſ', 'ſtream'])
    assert.deepEqual(told({ [name]: 'other' }), ['invalid_request', name]);
});

test('a member stands there in one spelling: of two a server would take either', () => {
  assert.deepEqual(told({ temperature: 0, Temperature: 2 }), ['invalid_request', 'Temperature']);
  assert.deepEqual(told({ Temperature: 2 }), []);
});

test('names that nothing here reads keep their capitals', () => {
  assert.deepEqual(told({ webSearch: 1, Extra: 2, ['größe']: 3, ['']: 4, constructor: 5, ToString: 6 }), []);
});
