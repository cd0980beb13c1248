/** What this folder's tests have in common: an upstream before a scripted provider, questions, and what its streams say. */
import type { TestContext } from 'node:test';
import type { Completion } from '../../protocol/common/chat.ts';
import { DIALECTS } from '../dialects.ts';
import { openEvents } from '../openai-compatible/read-answer.ts';
import type { Script } from '../scripted/scripted-reply.ts';
import { createScriptedServer, type ScriptedServer } from '../scripted/scripted-server.ts';
import type { Upstream, UpstreamOptions, UpstreamReply, UpstreamRequest } from '../upstream.ts';
import { SDK_PROVIDERS } from './providers.ts';
import { isInstalled } from './sdk-package.ts';

type ProviderName = 'bedrock' | 'vertex' | 'vertex-anthropic' | 'google';

/** Why tests of a provider are left out; false where its package is there. */
export function withoutPackage(name: ProviderName): string | false {
  const wanted = SDK_PROVIDERS.find((provider) => provider.name === `ai-sdk/${name}`)?.package ?? name;
  return !isInstalled(wanted)
    ? `${wanted} is not installed here, nor in the folder in which the tests run`
    : false;
}

/** An upstream of a provider that plays these scripts, by path; both are closed with the test. @param more.apiKey null: none. */
export async function startSdkUpstream(
  t: TestContext,
  name: ProviderName,
  posts: Readonly<Record<string, Script>>,
  {
    apiKey = 'key-of-the-gateway',
    ...more
  }: Omit<Partial<UpstreamOptions>, 'apiKey'> & { apiKey?: string | null } = {},
): Promise<{ server: ScriptedServer; upstream: Upstream }> {
  const server = await createScriptedServer({ chat: { status: 500 }, posts });
  const dialect = DIALECTS.find((known) => known.name === `ai-sdk/${name}`);
  if (dialect === undefined) throw new RangeError(`no dialect for ${name}`);
  const upstream = dialect.createUpstream({
    name: 'far',
    baseUrl: server.origin,
    location: 'cloud',
    ...(apiKey === null ? {} : { apiKey }),
    ...more,
  });
  t.after(async () => {
    await upstream.close();
    await server.close();
  });
  return { server, upstream };
}

/** A request in the common form. */
export function asks(
  body: Record<string, unknown> = {},
  over: Partial<UpstreamRequest> = {},
): UpstreamRequest {
  const { stream = false, model = 'm' } = over;
  const messages = [{ role: 'user', content: 'Say yes.' }];
  return {
    model,
    body: JSON.stringify({ model, messages, stream, ...body }),
    stream,
    requestId: 'request-1',
    signal: new AbortController().signal,
    ...over,
  };
}

/** The completion that a reply is. */
export function wholeOf(reply: UpstreamReply): Completion {
  // The text is the upstream's own, and read as the dialect reads it.
  return JSON.parse(reply.kind === 'whole' ? reply.text : '{}') as Completion;
}

/** What a stream said, put together: its text, its thinking, its calls, why it ended, what it took, and whether its end came. */
export async function heard(reply: UpstreamReply): Promise<{
  text: string;
  thought: string;
  calls: Record<string, unknown>[];
  finish?: string | null | undefined;
  usage?: unknown;
  done: boolean;
  chunks: number;
}> {
  const read = openEvents({ upstream: 'far' });
  const all = { text: '', thought: '', calls: [] as Record<string, unknown>[], done: false, chunks: 0 };
  const ending: { finish?: string | null | undefined; usage?: unknown } = {};
  for await (const event of reply.kind === 'stream' ? reply.events : []) {
    const chunk = read(event);
    if (chunk === 'done') all.done = true;
    if (typeof chunk !== 'object') continue;
    all.chunks += 1;
    if (chunk.usage != null) ending.usage = chunk.usage;
    for (const { delta, finish_reason: reason } of chunk.choices) {
      ending.finish ??= reason;
      all.text += typeof delta?.content === 'string' ? delta.content : '';
      all.thought += delta?.reasoning_content ?? '';
      for (const { index = 0, function: part, ...call } of delta?.tool_calls ?? []) {
        const known = (all.calls[index] ??= { arguments: '' });
        Object.assign(known, call, part?.name === undefined ? {} : { name: part.name });
        known['arguments'] = String(known['arguments']) + (part?.arguments ?? '');
      }
    }
  }
  return { ...all, ...ending };
}
