import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test, type TestContext } from 'node:test';
import { requestWith } from '../testing.ts';
import { listening } from '../transport/testing.ts';
import { azureOpenAi } from './azure-openai.ts';

const ANSWER = '{"choices":[{"index":0,"message":{"content":"Rome"},"finish_reason":"stop"}]}';

/** What a server of Azure is asked: path, and the headers that may hold a key. */
async function asked(t: TestContext, apiVersion?: string): Promise<unknown[]> {
  const seen: unknown[] = [];
  const server = createServer(({ method, url, headers }, response) => {
    seen.push([method, url, headers['api-key'], headers['authorization']]);
    response
      .setHeader('content-type', 'application/json')
      .end(method === 'GET' ? '{"data":[{"id":"gpt-4.1"}]}' : ANSWER);
  });
  const upstream = azureOpenAi.createUpstream({
    name: 'azure',
    baseUrl: `http://127.0.0.1:${await listening(t, server)}/`,
    location: 'cloud',
    apiKey: 'its-key',
    ...(apiVersion === undefined ? {} : { apiVersion }),
  });
  t.after(() => upstream.close());
  const reply = await upstream.chat(requestWith({ model: 'our gpt/4?' }));
  assert.match(reply.kind === 'whole' ? reply.text : '', /Rome/);
  assert.deepEqual(
    (await upstream.models(new AbortController().signal)).map(({ id }) => id),
    ['gpt-4.1'],
  );
  return seen;
}

test('without a version the API is the one that has none', async (t) => {
  assert.deepEqual(await asked(t), [
    ['POST', '/openai/v1/chat/completions', 'its-key', undefined],
    ['GET', '/openai/v1/models', 'its-key', undefined],
  ]);
});

test('with a version the model is a deployment in the path', async (t) => {
  assert.deepEqual(await asked(t, '2024-10-21'), [
    [
      'POST',
      '/openai/deployments/our%20gpt%2F4%3F/chat/completions?api-version=2024-10-21',
      'its-key',
      undefined,
    ],
    ['GET', '/openai/models?api-version=2024-10-21', 'its-key', undefined],
  ]);
});
