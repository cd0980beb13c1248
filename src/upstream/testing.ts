/** What this folder's tests have in common: an upstream in front of a scripted server, a call, its failure, recorded lines. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { createOpenAiUpstream } from './openai-compatible/openai-compatible.ts';
import type { Script } from './scripted/scripted-reply.ts';
import {
  createScriptedServer,
  type ScriptedServer,
  type ScriptedServerOptions,
} from './scripted/scripted-server.ts';
import {
  UpstreamError,
  type Upstream,
  type UpstreamFailure,
  type UpstreamOptions,
  type UpstreamRequest,
} from './upstream.ts';

/** An upstream in front of a server that plays this script; both are closed with the test. */
export async function startUpstream(
  t: TestContext,
  chat: Script,
  more: Partial<UpstreamOptions & ScriptedServerOptions> = {},
): Promise<{ server: ScriptedServer; upstream: Upstream }> {
  const server = await createScriptedServer({ ...more, chat });
  const upstream = createOpenAiUpstream({
    name: 'local',
    baseUrl: server.baseUrl,
    location: 'on-premises',
    ...more,
  });
  t.after(async () => {
    await upstream.close();
    await server.close();
  });
  return { server, upstream };
}

export function requestWith(over: Partial<UpstreamRequest> = {}): UpstreamRequest {
  const { model = 'm', stream = false } = over;
  return {
    model,
    body: JSON.stringify({ model, stream }),
    stream,
    requestId: 'r',
    signal: new AbortController().signal,
    ...over,
  };
}

/** How a call failed; it fails the test where it did not. */
export async function failureOf(call: Promise<unknown>): Promise<UpstreamFailure> {
  const error = await call.then(
    () => assert.fail('it should have failed'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof UpstreamError, String(error));
  assert.equal(error.message, error.failure.message);
  return error.failure;
}

/** A question in a conversation, as a line of a trace file. */
export const SUM_LINE = {
  id: 'sum-1',
  group: 'sums',
  messages: [
    { role: 'user', content: 'Hello' },
    { role: 'assistant', content: 'Hi' },
    { role: 'user', content: 'Add 2 and 3.' },
  ],
  attempts: { small: { answer: '5' } },
};
