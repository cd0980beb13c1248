import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configIn } from '../../test/e2e/scripted-gateway.ts';
import { openAiCompatible } from '../upstream/openai-compatible/openai-compatible.ts';
import { DEFAULT_BREAKER } from '../upstream/resilience/breaker.ts';
import { createScriptedUpstream } from '../upstream/scripted/scripted.ts';
import { refuses } from '../upstream/scripted/scripted-reply.ts';
import { makeUpstreams, upstreamNamed } from './upstreams.ts';

test('the log tells a repeated call from a circuit that changed', async (context) => {
  const config = configIn(
    process.cwd(),
    "upstreams: { near: { baseUrl: 'http://127.0.0.1:1', location: on-premises, retries: 1 } }\nmodels: { small: { upstream: near, model: tiny } }",
  );
  const logged: { kind: unknown; upstream: unknown; message: string }[] = [];
  const skip = (): void => undefined;
  const upstreams = makeUpstreams(
    config,
    {
      log: {
        debug: skip,
        warn: skip,
        error: skip,
        info: (fields: { kind?: unknown; upstream?: unknown }, message) =>
          void logged.push({ kind: fields.kind, upstream: fields.upstream, message }),
      },
      dialects: [
        {
          ...openAiCompatible,
          createUpstream: ({ name }) =>
            createScriptedUpstream({
              name,
              chat: Array.from({ length: 20 }, () => refuses(503, { message: 'loading' })),
            }),
        },
      ],
      recordings: undefined,
    },
    undefined,
  );
  const near = upstreamNamed(upstreams, 'near');
  context.after(() => near.close());
  const { signal } = new AbortController();
  for (let call = 0; call < DEFAULT_BREAKER.failures; call += 1)
    await near
      .chat({ model: 'tiny', body: '{}', stream: false, requestId: 'r', signal })
      .catch(() => undefined);
  const told = new Set(
    logged.map(({ kind, upstream, message }) => `${String(kind)} ${String(upstream)}: ${message}`),
  );
  assert.deepEqual(
    told,
    new Set([
      'retry near: a failed call of an upstream is repeated',
      "opened near: an upstream's circuit changed",
    ]),
  );
});
