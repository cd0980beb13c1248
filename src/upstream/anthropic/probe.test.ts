import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answersMessage, refusesMessage } from '../scripted/anthropic-reply.ts';
import { createScriptedServer } from '../scripted/scripted-server.ts';
import type { AskedChat, ScriptedStep } from '../scripted/scripted-reply.ts';
import { played } from '../scripted/testing.ts';
import type { ModelProbe } from '../upstream.ts';
import { anthropic } from './anthropic.ts';

async function probed(chat: ScriptedStep): Promise<{ probe: ModelProbe; asked: readonly AskedChat[] }> {
  const models = [{ type: 'model', id: 'claude', max_input_tokens: 200_000 }];
  const server = await createScriptedServer({ chat, models });
  const upstream = anthropic.createUpstream({
    name: 'far',
    baseUrl: server.baseUrl,
    location: 'cloud',
    apiKey: 'k',
  });
  try {
    const probe = await anthropic.probe(upstream, 'claude', new AbortController().signal);
    for (const { headers } of server.asked) {
      assert.equal(headers['x-api-key'], 'k');
      assert.equal(headers['anthropic-version'], '2023-06-01');
    }
    return { probe, asked: server.asked };
  } finally {
    await upstream.close();
    await server.close();
  }
}

/** Calls a tool where it must, and keeps to a schema. */
const able: ScriptedStep = (asked) => {
  const content =
    asked.body['tool_choice'] === undefined
      ? [{ type: 'text', text: asked.body['output_config'] === undefined ? 'Yes.' : '{"word":"rain"}' }]
      : [{ type: 'tool_use', id: 'toolu_1', name: 'note', input: { word: 'yes' } }];
  return played(answersMessage({ content }), asked);
};

test('a model that can everything', async () => {
  const { probe } = await probed(able);
  assert.deepEqual(probe, {
    logprobs: 'none',
    contextTokens: 200_000,
    streaming: true,
    usageInStream: true,
    tools: 'yes',
    images: 'yes',
    schema: 'yes',
    notes: [],
  });
});

test('one that takes no pictures, and does not stream', async () => {
  const { probe } = await probed((asked) => {
    if (JSON.stringify(asked.body).includes('"image"'))
      return refusesMessage(400, { type: 'invalid_request_error', message: 'no images' });
    return able({ ...asked, stream: false });
  });
  assert.equal(probe.images, 'refused');
  assert.equal(probe.streaming, false);
  assert.match(probe.notes.join(), /Asked with a picture: .*no images/);
});

test('a model that answers nothing is an error', async () => {
  await assert.rejects(
    probed(refusesMessage(401, { type: 'authentication_error', message: 'invalid x-api-key' })),
    {
      name: 'UpstreamError',
    },
  );
});
