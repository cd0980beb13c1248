import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { parseChat, player, type AskedChat, type Script, type ScriptedReply } from './scripted-reply.ts';

/** A request as it came over the wire. */
export interface AskedOverHttp extends AskedChat {
  method: string;
  path: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The body's text, byte for byte. */
  text: string;
  /** The same as bytes. */
  bytes: Buffer;
  /** Which connection carried it, counted from 0. */
  connection: number;
  /** Resolves when its connection is closed, from whichever side. */
  closed: Promise<void>;
}

export interface ScriptedServer {
  /** `http://127.0.0.1:PORT/v1`. */
  baseUrl: string;
  origin: string;
  /** Every request, the oldest first. */
  asked: readonly AskedOverHttp[];
  /** Resolves with the request of this number, counted from 0, when it has come. */
  request(number: number): Promise<AskedOverHttp>;
  /** Connections that are open now. */
  connections(): number;
  /** Closes those that carry no request, as servers do with idle ones. */
  closeIdle(): void;
  close(): Promise<void>;
}

export interface ScriptedServerOptions {
  /** What `POST /v1/chat/completions` answers, and the other APIs' paths for chats. */
  chat: Script;
  /** The entries of `GET /v1/models`. */
  models?: readonly Record<string, unknown>[];
  /** What a POST to other paths answers, by path. */
  posts?: Readonly<Record<string, Script>>;
  /** JSON for other paths, such as `/props`, by path. */
  routes?: Readonly<Record<string, unknown>>;
  /** 0: any free one. */
  port?: number;
}

const CHATS: ReadonlySet<string> = new Set(['/v1/chat/completions', '/v1/messages']);

/**
 * A real server on the loopback that plays a script, for tests: answers, streams in any chunks, delays, errors, garbage,
 * broken connections, silence. It records what it was asked.
 */
export async function createScriptedServer(options: ScriptedServerOptions): Promise<ScriptedServer> {
  const play = player(options.chat);
  const others = new Map(Object.entries(options.posts ?? {}).map(([path, script]) => [path, player(script)]));
  const asked: AskedOverHttp[] = [];
  const awaited = new Map<number, PromiseWithResolvers<AskedOverHttp>>();
  const sockets = new Map<Socket, { number: number; closed: Promise<void> }>();
  const stopped = new AbortController();
  let opened = 0;

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.on('connection', (socket) => {
    const closed = new Promise<void>((resolve) => {
      socket.once('close', () => {
        sockets.delete(socket);
        resolve();
      });
    });
    sockets.set(socket, { number: opened, closed });
    opened += 1;
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const socket = sockets.get(request.socket);
    const bytes = await readAll(request);
    const text = bytes.toString('utf8');
    const entry: AskedOverHttp = {
      ...parseChat(text),
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      text,
      bytes,
      connection: socket?.number ?? -1,
      closed: socket?.closed ?? Promise.resolve(),
    };
    asked.push(entry);
    awaited.get(asked.length - 1)?.resolve(entry);
    await send(await replyTo(entry), response, stopped.signal);
  }

  async function replyTo(entry: AskedOverHttp): Promise<ScriptedReply> {
    const other = entry.method === 'POST' ? others.get(entry.path) : undefined;
    if (other !== undefined) return other(entry);
    if (entry.method === 'POST' && CHATS.has(entry.path)) return play(entry);
    const listing =
      entry.path === '/v1/models' && options.models !== undefined
        ? { object: 'list', data: options.models }
        : undefined;
    const known = options.routes?.[entry.path] ?? listing;
    return {
      status: known === undefined ? 404 : 200,
      headers: { 'content-type': 'application/json' },
      body: [JSON.stringify(known ?? { error: { message: `no route ${entry.path}`, type: 'not_found' } })],
    };
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    origin,
    baseUrl: `${origin}/v1`,
    asked,
    request(number) {
      const there = asked[number];
      if (there !== undefined) return Promise.resolve(there);
      const waiting = awaited.get(number) ?? Promise.withResolvers<AskedOverHttp>();
      awaited.set(number, waiting);
      return waiting.promise;
    },
    connections: () => sockets.size,
    closeIdle: () => server.closeIdleConnections(),
    async close() {
      stopped.abort();
      const done = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await done;
    },
  };
}

async function send(reply: ScriptedReply, response: ServerResponse, stopped: AbortSignal): Promise<void> {
  const { status = 200, headers = {}, body = [], then = 'end', delayMs } = reply;
  // Small pieces must not be joined on their way.
  response.socket?.setNoDelay(true);
  if (delayMs !== undefined) await wait(delayMs, undefined, { signal: stopped }).catch(() => undefined);
  if (then === 'never') return;
  if (then === 'cut' && body.length === 0) return void response.destroy();
  response.writeHead(status, headers);
  response.flushHeaders();
  for (const part of body) {
    if (response.destroyed) return;
    if (typeof part === 'string' || part instanceof Uint8Array) await written(response, part);
    else if ('waitMs' in part) await wait(part.waitMs, undefined, { signal: stopped }).catch(() => undefined);
    else await part.until;
  }
  if (then === 'end') response.end();
  if (then === 'cut') response.destroy();
}

/** Resolves in the turn after the piece was sent, so that the next one is sent by itself; or when the client has gone. */
function written(response: ServerResponse, part: string | Uint8Array): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  response.once('close', resolve);
  response.write(part, () => setImmediate(resolve));
  return promise.finally(() => response.off('close', resolve));
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
