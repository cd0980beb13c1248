import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorBody } from '../errors.ts';
import type { Incoming } from '../wire/http-message.ts';
import { ENDPOINTS } from './endpoints.ts';
import { readPassed } from './read-passed.ts';

/** Of a form with these fields beside its model: the code of its refusal, and what it names. */
async function toldOf(...names: string[]): Promise<unknown[]> {
  const parts = ['model', ...names].map(
    (name) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\nx\r\n`,
  );
  const endpoint = ENDPOINTS.find(({ body }) => body === 'form');
  assert.ok(endpoint !== undefined);
  const incoming: Pick<Incoming, 'headers' | 'bytes'> = {
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
    bytes: () => Promise.resolve(Buffer.from(`${parts.join('')}--b--\r\n`)),
  };
  try {
    await readPassed(endpoint, incoming as Incoming);
  } catch (error) {
    const { code, message } = errorBody(error).error;
    return [code, /'([^']+)' beside/.exec(message)?.[1]];
  }
  return [];
}

test('a form with a field that some servers would take for its model is refused', async () => {
  for (const name of ['Model', 'MODEL', 'model[]', 'model[0]', 'Model[x]', 'model.name'])
    assert.deepEqual(await toldOf('prompt', name), ['invalid_request', name]);
});

test('every other field goes on, also one that stands twice', async () => {
  assert.deepEqual(await toldOf('model', 'models', 'include[]', 'Prompt', 'model_x'), []);
});
