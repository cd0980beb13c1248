import { setTimeout as wait } from 'node:timers/promises';
import { readSse } from '../../wire/sse.ts';
import { cancelled, invalidResponse } from '../transport/call-failure.ts';
import { parseChat, player, type AskedChat, type Script, type ScriptedReply } from './scripted-reply.ts';
import { failureOfStatus } from '../openai-compatible/status-failure.ts';
import { UpstreamError, type Upstream, type UpstreamModel, type UpstreamReply } from '../upstream.ts';

export interface ScriptedUpstreamOptions {
  name?: string;
  location?: Upstream['location'];
  chat: Script;
  models?: readonly UpstreamModel[];
}

export interface ScriptedUpstream extends Upstream {
  /** Every call, the oldest first. */
  asked: readonly (AskedChat & { requestId: string; signal: AbortSignal })[];
}

/**
 * An upstream that plays a script without a socket: for tests of what stands above the wire. What a server would answer
 * becomes what `createOpenAiUpstream` makes of it.
 */
export function createScriptedUpstream(options: ScriptedUpstreamOptions): ScriptedUpstream {
  const { name = 'scripted', location = 'on-premises', models = [] } = options;
  const play = player(options.chat);
  const asked: (AskedChat & { requestId: string; signal: AbortSignal })[] = [];
  return {
    name,
    location,
    asked,
    models: () => Promise.resolve([...models]),
    available: () => true,
    trouble: () => undefined,
    close: () => Promise.resolve(),
    async chat({ model, body, stream, requestId, signal }): Promise<UpstreamReply> {
      if (signal.aborted) throw cancelled(name, signal.reason, 'unsent');
      const call = { ...parseChat(body), model, stream };
      asked.push({ ...call, requestId, signal });
      const reply = await play(call);
      const { status = 200, headers = {}, then = 'end' } = reply;
      if (reply.delayMs !== undefined)
        await orAborted(name, signal, wait(reply.delayMs, undefined, { signal }));
      if (then === 'never') await orAborted(name, signal, new Promise(() => {}));
      if (then === 'cut' && (reply.body ?? []).length === 0) throw broken(name, 'upstream_unavailable');
      const bytes = bodyOf(name, reply, signal);
      if (status === 200 && headers['content-type'] === 'text/event-stream') {
        return { kind: 'stream', headers, events: readSse(bytes) };
      }
      const text = await textOf(bytes);
      if (status !== 200)
        throw new UpstreamError(
          failureOfStatus({ upstream: name, url: 'script', model, status, headers, text }),
        );
      if (text === '') throw invalidResponse(name, 'answered 200 with an empty body.');
      return { kind: 'whole', headers, text };
    },
  };
}

async function* bodyOf(
  name: string,
  { body = [], then }: ScriptedReply,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (const part of body) {
    if (typeof part === 'string' || part instanceof Uint8Array) yield Buffer.from(part);
    else
      await orAborted(name, signal, 'waitMs' in part ? wait(part.waitMs, undefined, { signal }) : part.until);
    if (signal.aborted) throw cancelled(name, signal.reason);
  }
  if (then === 'cut') throw broken(name, 'upstream_error');
  if (then === 'hang') await orAborted(name, signal, new Promise(() => {}));
}

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function broken(name: string, code: 'upstream_error' | 'upstream_unavailable'): UpstreamError {
  return new UpstreamError({
    code,
    message: `Upstream '${name}' broke the connection.`,
    safeToRepeat: false,
  });
}

/** @throws {UpstreamError} when the signal aborts first. */
async function orAborted(name: string, signal: AbortSignal, what: Promise<unknown>): Promise<void> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(cancelled(name, signal.reason));
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  try {
    await Promise.race([aborted, what]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
