import assert from 'node:assert/strict';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { test, type TestContext } from 'node:test';
import { createOpenAiUpstream } from '../openai-compatible/openai-compatible.ts';
import { failureOf, requestWith } from '../testing.ts';
import type { UpstreamOptions, UpstreamReply } from '../upstream.ts';
import { listening, startProxy, TEST_CERTIFICATE } from './testing.ts';

const ANSWER = '{"choices":[{"index":0,"message":{"content":"Rome"},"finish_reason":"stop"}]}';
const answer: RequestListener = (_request, response) => {
  response.setHeader('content-type', 'application/json').end(ANSWER);
};

/** A server of models that is called `models.example`: only a proxy finds it. */
async function startModels(t: TestContext, scheme: 'http' | 'https'): Promise<string> {
  const server = scheme === 'http' ? createHttpServer(answer) : createTlsServer(TEST_CERTIFICATE, answer);
  return `${scheme}://models.example:${await listening(t, server)}`;
}

function open(t: TestContext, baseUrl: string, more: Partial<UpstreamOptions> = {}) {
  const upstream = createOpenAiUpstream({ name: 'far', baseUrl, location: 'cloud', ...more });
  t.after(() => upstream.close());
  return () => upstream.chat(requestWith());
}

const textOf = (reply: UpstreamReply): string => (reply.kind === 'whole' ? reply.text : '');

/** Runs with other variables in the environment, whose own proxies do not count. */
async function withEnvironment(variables: Record<string, string>, run: () => Promise<void>): Promise<void> {
  const before = { ...process.env };
  for (const name of Object.keys(process.env)) if (/_proxy$/i.test(name)) delete process.env[name];
  Object.assign(process.env, variables);
  try {
    await run();
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

for (const scheme of ['http', 'https'] as const)
  test(`a server behind a proxy is asked through it, over ${scheme}, again and again`, async (t) => {
    const [proxy, models] = [await startProxy(t, 'weir:secret'), await startModels(t, scheme)];
    const call = open(t, `${models}/v1`, { proxy: proxy.url, ca: TEST_CERTIFICATE.cert });
    for (let round = 0; round < 3; round += 1) assert.match(textOf(await call()), /Rome/);
    const { host } = new URL(models);
    assert.deepEqual(
      [...new Set(proxy.asked)],
      [scheme === 'http' ? `POST ${models}/v1/chat/completions` : `CONNECT ${host}`],
    );
  });

test('a proxy that wants other credentials is named as what is wrong, without the credentials', async (t) => {
  for (const scheme of ['http', 'https'] as const) {
    const [proxy, models] = [await startProxy(t, 'weir:right'), await startModels(t, scheme)];
    const call = open(t, models, { proxy: proxy.url.replace('right', 'wrong'), ca: TEST_CERTIFICATE.cert });
    const failure = await failureOf(call());
    assert.deepEqual(
      [failure.code, failure.message],
      [
        'upstream_unavailable',
        "Upstream 'far' cannot be reached through its proxy, which wants credentials (407); see `upstreams.far.proxy`",
      ],
    );
    assert.doesNotMatch(JSON.stringify(failure), /wrong/);
  }
});

test('the environment names the proxy where the configuration does not, but for what NO_PROXY excepts', async (t) => {
  const [proxy, models] = [await startProxy(t), await startModels(t, 'http')];
  const { host } = new URL(models);
  await withEnvironment({ HTTP_PROXY: proxy.url }, async () => {
    assert.match(textOf(await open(t, models)()), /Rome/);
    assert.equal(proxy.asked.length, 1);
    const unknown = await failureOf(open(t, models, { proxy: 'none' })());
    assert.match(unknown.message, /there is no address for its host/);
  });
  await withEnvironment({ HTTP_PROXY: proxy.url, NO_PROXY: host }, async () => {
    assert.match((await failureOf(open(t, models)())).message, /there is no address for its host/);
  });
  assert.equal(proxy.asked.length, 1);
});

test('a server on this machine is never asked through the proxy of the environment', async (t) => {
  const proxy = await startProxy(t);
  const port = await listening(t, createHttpServer(answer));
  await withEnvironment({ HTTP_PROXY: proxy.url, ALL_PROXY: proxy.url }, async () => {
    for (const host of ['127.0.0.1', 'localhost'])
      assert.match(textOf(await open(t, `http://${host}:${port}`)()), /Rome/);
  });
  assert.deepEqual(proxy.asked, []);
});

test('a certificate that nobody has signed is trusted where the configuration names it, and only there', async (t) => {
  const port = await listening(t, createTlsServer(TEST_CERTIFICATE, answer));
  const address = `https://localhost:${port}`;
  assert.match(textOf(await open(t, address, { ca: TEST_CERTIFICATE.cert })()), /Rome/);
  assert.match((await failureOf(open(t, address)())).message, /a certificate that is not trusted/);
});
