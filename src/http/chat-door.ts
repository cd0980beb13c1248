import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { WeirError } from '../errors.ts';
import { admit, newIncoming, replyToError } from './admission.ts';
import { chatCompletions } from '../request/answer-chat.ts';
import type { HttpContext } from '../request/context.ts';
import { corsHeaders } from './cors.ts';
import { brokenOff, type Incoming } from '../wire/http-message.ts';
import type { Reply } from '../wire/reply.ts';

/** Where chats come in. */
export const CHAT_PATH = '/v1/chat/completions';

/** Any other spelling of a host is for a parser of URLs to judge. */
const PLAIN_HOST = /^[a-z0-9._-]+(?::\d{1,5})?$/i;

/** An admitted chat's reply. @throws {WeirError} where the request is at fault, or the gateway is shutting down. */
export async function answerChat(context: HttpContext, incoming: Incoming): Promise<Reply> {
  if (context.draining())
    throw new WeirError('shutting_down', 'The gateway is shutting down; try again.', {
      retryAfterMs: 1_000,
    });
  const reply = await context.underWay.add(chatCompletions(context, incoming));
  if (context.corsOrigins.length === 0) return reply;
  return { ...reply, headers: { ...reply.headers, ...corsHeaders(context.corsOrigins, incoming.headers) } };
}

/**
 * Whether a request is a chat as clients send them: its path written plainly, its body's length declared and allowed. The
 * objects of the web's Request and Response cost as much as the whole decision, so these do without them; every other
 * request, the odd chat among them, takes the way through the router, to the same answer.
 */
export function isPlainChat({ method, url, headers }: IncomingMessage, bodyBytes: number): boolean {
  if (method !== 'POST' || url !== CHAT_PATH) return false;
  const { host, 'content-length': declared } = headers;
  return (
    host !== undefined && PLAIN_HOST.test(host) && declared !== undefined && Number(declared) <= bodyBytes
  );
}

/** Answers a {@link isPlainChat | plain chat} on its own socket. Never throws. */
export async function answerPlainChat(
  context: HttpContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const incoming = newIncoming(request.headers, {
    onGone: (run) => {
      if (response.destroyed) run();
      else
        response.once('close', () => {
          if (!response.writableFinished) run();
        });
    },
    body: () => readBytes(request),
  });
  let reply: Reply;
  try {
    reply = (await admit(context, incoming, 'POST', CHAT_PATH)) ?? (await answerChat(context, incoming));
  } catch (error) {
    reply = replyToError(context, incoming, error);
  }
  await send(response, reply);
}

/** The whole body; Node itself holds the sender to the length it declared. */
function readBytes(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      const [first] = chunks;
      resolve(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks));
    });
    request.once('error', (error) => reject(brokenOff(error)));
    request.once('close', () => {
      if (!request.complete) reject(brokenOff());
    });
  });
}

async function send(response: ServerResponse, { status, headers, body }: Reply): Promise<void> {
  if (response.destroyed) {
    if (body instanceof ReadableStream) await body.cancel();
    return;
  }
  if (body === null || typeof body === 'string') {
    const text = body ?? '';
    const bytes = Buffer.byteLength(text);
    const lines: (string | number)[] = ['content-length', bytes];
    for (const name in headers) lines.push(name, headers[name] ?? '');
    // As many bytes as characters: all of them ASCII, which the socket takes without the work of an encoder.
    response.writeHead(status, lines).end(text, bytes === text.length ? 'latin1' : 'utf8');
    return;
  }
  response.writeHead(status, headers).flushHeaders();
  // Whoever reads it has gone: that is told by the response's `close`, and there is nobody to tell more.
  await pipeline(body, response).catch(() => undefined);
}
