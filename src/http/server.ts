import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import { errorBody, WeirError, type ErrorCode } from '../errors.ts';
import { clientErrorOf, errorReply } from '../protocol/common/client-error.ts';
import type { Log } from '../telemetry/names.ts';
import { toResponse, type Reply } from '../wire/http-message.ts';
import { BACKLOG, watchShortages, type Shortage } from './shortages.ts';
import { cutStalledClients } from './stalled-clients.ts';

export interface ServerOptions {
  /** Answers a request itself, or leaves it to `fetch`. @returns whether it takes it. */
  take: (request: IncomingMessage, response: ServerResponse) => boolean;
  fetch: (request: Request, env: object) => Response | Promise<Response>;
  host: string;
  /** 0: any free one. */
  port: number;
  /** How long a request's headers and body may take to arrive, in milliseconds. */
  receiveTimeoutMs: number;
  /** A client that takes nothing of its answer for this long is cut, in milliseconds. */
  writeTimeoutMs: number;
  /** What requests may hold, in bytes: it bounds the number of connections too. */
  memoryBytes: number;
  log: Log;
  /** A client was cut because it did not read. */
  onCut: () => void;
  /** Connections were not taken. */
  onShortage: (kind: Shortage, connections: number) => void;
}

export interface HttpServer {
  /** The port in use. */
  port: number;
  /** Accepts no new connection, and resolves when the requests under way have ended; after the deadline they are cut. */
  close(deadlineMs: number): Promise<void>;
}

const MAX_HEADER_BYTES = 32 * 1024;
/** How often Node checks for requests that take too long. */
const CHECK_MS = 1_000;
const SWEEP_MS = 20;
/** How long a refused client has to read the reason. */
const LINGER_MS = 1_000;
/** Longer than a proxy's usual limit, so that the proxy and not the gateway closes an idle connection. */
const KEEP_ALIVE_MS = 75_000;

/**
 * Serves HTTP/1.1 on Node.
 * @throws the listener's error (`EADDRINUSE`, `EACCES`) where the address cannot be used.
 */
export async function startServer({
  take,
  fetch,
  host,
  port,
  receiveTimeoutMs,
  writeTimeoutMs,
  memoryBytes,
  log,
  onCut,
  onShortage,
}: ServerOptions): Promise<HttpServer> {
  const listener = getRequestListener(fetch, {
    errorHandler: (error) => {
      // The request cannot be parsed: its Host or URL is malformed.
      const why =
        error instanceof Error && error.name === 'RequestError' ? error.message : 'it cannot be read';
      return toResponse(replyTo('invalid_request', `This is not a valid HTTP request: ${why}.`));
    },
  });
  const stalled = cutStalledClients(writeTimeoutMs, onCut);
  const server = createServer(
    {
      headersTimeout: receiveTimeoutMs,
      requestTimeout: receiveTimeoutMs,
      connectionsCheckingInterval: Math.min(CHECK_MS, receiveTimeoutMs),
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      // Node's own refusal has no body; the guard refuses in the API's shape.
      requireHostHeader: false,
    },
    (request, response) => {
      if (hasTwoHosts(request)) refuseTwoHosts(response);
      else if (!take(request, response)) void listener(request, response);
    },
  );
  server.on('connection', stalled.watch);
  server.on('clientError', refuseMalformed);
  server.on('checkExpectation', (request) =>
    refuse(
      request.socket,
      '417 Expectation Failed',
      "The only expectation that is met is 'expect: 100-continue'; leave the header out.",
    ),
  );
  server.on('connect', (_, socket) => {
    socket.on('error', () => {});
    refuse(
      socket,
      '405 Method Not Allowed',
      'CONNECT is not supported: the gateway is not a proxy. Set its address as the base URL.',
      'method_not_allowed',
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: BACKLOG }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const unwatch = await watchShortages(server, { log, onShortage, memoryBytes });
  return {
    port: (server.address() as AddressInfo).port,
    close(deadlineMs) {
      unwatch();
      stalled.close();
      return closeServer(server, deadlineMs);
    },
  };
}

/** RFC 9112 §3.2: a proxy in front may have checked the other one. Node itself takes the first. */
function hasTwoHosts({ rawHeaders }: IncomingMessage): boolean {
  let hosts = 0;
  for (let name = 0; name < rawHeaders.length; name += 2)
    if (rawHeaders[name]?.length === 4 && rawHeaders[name]?.toLowerCase() === 'host') hosts += 1;
  return hosts > 1;
}

/** Where such a request ends cannot be trusted either, so the connection closes after the answer. */
function refuseTwoHosts(response: ServerResponse): void {
  const { status, headers, body } = replyTo('invalid_request', 'The request has two Host headers; send one.');
  response.writeHead(status, { ...headers, connection: 'close' }).end(body);
}

/** An error in OpenAI's shape: before a request can be read, its protocol is not known. */
function replyTo(code: ErrorCode, message: string): Reply {
  return errorReply(clientErrorOf(new WeirError(code, message)), {});
}

async function closeServer(server: Server, deadlineMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs);
  // A connection that becomes idle after this moment would be kept alive, and delay the end.
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  await closed;
  clearTimeout(deadline);
  clearInterval(sweep);
}

/** Answers bytes that are not HTTP, headers that are too long, or a request that arrives too slowly, in OpenAI's shape. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: IncomingMessage['socket']): void {
  if (!socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  switch (error.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return refuse(
        socket,
        '408 Request Timeout',
        'The request arrived too slowly (`limits.receiveTimeout`).',
      );
    case 'HPE_HEADER_OVERFLOW':
      return refuse(
        socket,
        '431 Request Header Fields Too Large',
        `The headers are longer than ${MAX_HEADER_BYTES} bytes.`,
      );
    default:
      return refuse(socket, '400 Bad Request', 'This is not a valid HTTP request.');
  }
}

/**
 * Writes an error in OpenAI's shape where there is no response object, and closes the connection even if the other side
 * never closes its own.
 */
function refuse(
  socket: Duplex,
  status: string,
  message: string,
  code: 'invalid_request' | 'method_not_allowed' = 'invalid_request',
): void {
  const body = JSON.stringify(errorBody(new WeirError(code, message)));
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}
