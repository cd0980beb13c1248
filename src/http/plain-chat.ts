import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { WeirError } from '../errors.ts';
import type { Protocol } from '../protocol/protocol.ts';
import { answerChat } from '../request/answer-chat.ts';
import { bookReceived, requireRoom } from '../request/memory/memory-costs.ts';
import { brokenOff, type Incoming, type Reply } from '../wire/http-message.ts';
import { admit, corsHeaders, newIncoming, ownRequestId, replyToError } from './admission.ts';
import type { HttpContext } from './http-context.ts';

/** Any other spelling of a host goes through the router, which parses URLs. */
const PLAIN_HOST = /^[a-z0-9._-]+(?::\d{1,5})?$/i;

type ChatContext = Pick<HttpContext, 'admission' | 'requests'>;

/** An admitted chat's reply. @throws {WeirError} where the request is at fault, or the gateway is shutting down. */
export async function answerAdmitted(
  context: ChatContext,
  protocol: Protocol,
  incoming: Incoming,
): Promise<Reply> {
  const reply = await admitted(context, incoming, () => answerChat(context.requests, protocol, incoming));
  if (protocol.requestIdHeader === undefined) return reply;
  return { ...reply, headers: { ...reply.headers, ...ownRequestId(incoming, protocol) } };
}

/** The reply to a request that models have to work for. @throws {WeirError} as {@link answerAdmitted} does. */
export async function admitted(
  { admission, requests }: ChatContext,
  incoming: Incoming,
  answer: () => Promise<Reply>,
): Promise<Reply> {
  if (admission.draining())
    throw new WeirError('shutting_down', 'The gateway is shutting down; try again.', {
      retryAfterMs: 1_000,
    });
  const reply = await requests.underWay.add(answer());
  if (admission.corsOrigins.length === 0) return reply;
  const cors = corsHeaders(admission.corsOrigins, incoming.headers);
  return { ...reply, headers: { ...reply.headers, ...cors } };
}

/**
 * The protocol of a chat as clients usually send it: its path written plainly, its body's length declared and allowed. The
 * web's Request and Response objects cost as much as the whole decision, so plain chats do without them. Every other
 * request, unusual chats included, goes through the router, which gives the same answer.
 * @returns `undefined` for any other request.
 */
export function plainChatProtocol(
  { method, url, headers }: IncomingMessage,
  { protocols, admission: { bodyBytes } }: Pick<HttpContext, 'protocols' | 'admission'>,
): Protocol | undefined {
  if (method !== 'POST' || url === undefined) return undefined;
  const { host, 'content-length': declared } = headers;
  if (host === undefined || !PLAIN_HOST.test(host) || declared === undefined || Number(declared) > bodyBytes)
    return undefined;
  return protocols.find(({ paths }) => paths.includes(url));
}

/** Answers a {@link plainChatProtocol | plain chat} on its own socket. Never throws. */
export async function answerPlainChat(
  context: ChatContext,
  protocol: Protocol,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { admission } = context;
  const holding = admission.memory.hold();
  let whenGone: (() => void) | undefined;
  response.on('close', () => {
    holding.release();
    if (!response.writableFinished) whenGone?.();
  });
  const incoming = newIncoming(request.headers, {
    onGone: (run) => {
      if (response.destroyed) run();
      else whenGone = run;
    },
    holding,
    async body() {
      requireRoom(admission.memory, holding, Number(request.headers['content-length']));
      return readBytes(request, (bytes) => bookReceived(holding, bytes));
    },
  });
  let reply: Reply;
  try {
    const path = request.url ?? '';
    const early = await admit(admission, incoming, { method: 'POST', path, keyHeader: protocol.keyHeader });
    reply = early ?? (await answerAdmitted(context, protocol, incoming));
  } catch (error) {
    // At once: what still comes of a refused body is not kept, and others may need the room.
    holding.release();
    reply = replyToError(admission, incoming, error, protocol);
  }
  await send(request, response, reply).catch((error: unknown) => {
    admission.log.error({ requestId: incoming.requestId, error: String(error) }, 'a reply could not be sent');
    response.destroy();
  });
  // It may have been closed before anybody listened.
  if (response.destroyed) holding.release();
}

/**
 * The whole body. Node itself enforces the declared length.
 * @param onBytes told of bytes as they come; may throw, which ends the reading.
 */
function readBytes(request: IncomingMessage, onBytes: (bytes: number) => void): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const take = (chunk: Buffer): void => {
      try {
        onBytes(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        // What still comes flows away unread once the refusal has gone out.
        request.off('data', take).pause();
        chunks.length = 0;
        reject(error);
      }
    };
    request.on('data', take);
    request.on('end', () => {
      const [first] = chunks;
      resolve(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks));
    });
    request.on('error', (error) => reject(brokenOff(error)));
    request.on('close', () => {
      if (!request.complete) reject(brokenOff());
    });
  });
}

/** How long a refused client may go on sending what nobody reads. */
const LINGER_MS = 5_000;

/** Throws away what still comes of a body, until its end or for a while. */
function bodyOver(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(resolve, LINGER_MS);
    const over = (): void => {
      clearTimeout(late);
      resolve();
    };
    request.once('end', over).once('close', over).resume();
  });
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: Reply,
): Promise<void> {
  if (response.destroyed) {
    if (body instanceof ReadableStream) await body.cancel();
    return;
  }
  if (body === null || typeof body === 'string') {
    const text = body ?? '';
    const bytes = Buffer.byteLength(text);
    const lines: (string | number)[] = ['content-length', bytes];
    for (const name in headers) lines.push(name, headers[name] ?? '');
    // As many bytes as characters means that all are ASCII, which the socket takes without an encoder.
    const encoding = bytes === text.length ? 'latin1' : 'utf8';
    response.writeHead(status, lines);
    if (request.complete || request.errored !== null) {
      response.end(text, encoding);
      return;
    }
    // Refused before its body had come: closing now would reset the connection, and the answer would be lost with it.
    response.write(text, encoding);
    await bodyOver(request);
    response.end();
    return;
  }
  response.writeHead(status, headers).flushHeaders();
  // The client has disconnected; `close` already reports that.
  await pipeline(body, response).catch(() => undefined);
}
