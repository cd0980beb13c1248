import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { UpstreamError } from '../upstream.ts';
import { createHttpUpstream, type ServerApi } from './http-upstream.ts';

/** A server whose paths name the model and the way of answering, as Gemini's, Bedrock's and Azure's do. */
const api: ServerApi = {
  chatPath: (model, stream) => `/models/${encodeURIComponent(model)}:${stream ? 'stream' : 'answer'}`,
  modelsPath: '/models',
  keyHeaders: () => ({}),
  isLast: () => true,
  failureOfStatus: ({ url, status }) => ({
    code: 'upstream_error',
    message: `${url} says ${status}.`,
    safeToRepeat: false,
  }),
  statusOfErrorInside: () => undefined,
  parseModels: () => [],
};

test('where the path names the model, each call goes to its own, and a refusal says which', async (context) => {
  const paths: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url);
    response.writeHead(request.url?.includes('none') === true ? 404 : 200, {
      'content-type': 'application/json',
    });
    response.end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${port}/v1`;
  const upstream = createHttpUpstream({ name: 'far', baseUrl, location: 'cloud' }, api);
  context.after(async () => {
    await upstream.close();
    server.close();
  });
  const { signal } = new AbortController();
  const ask = (model: string, stream: boolean) =>
    upstream.chat({ model, stream, body: '{}', requestId: 'r', signal });
  await ask('small', false);
  await ask('org/large?v=1', true);
  await assert.rejects(ask('none', false), (error) => {
    assert.ok(error instanceof UpstreamError);
    assert.equal(error.failure.message, `${baseUrl}/models/none:answer says 404.`);
    return true;
  });
  assert.deepEqual(paths, [
    '/v1/models/small:answer',
    '/v1/models/org%2Flarge%3Fv%3D1:stream',
    '/v1/models/none:answer',
  ]);
});
