/** HTTP as bytes: what no client library would send, and what came back. */
import { connect } from 'node:net';

export interface Seen {
  status: number;
  /** Names are lower-case; of several of one name the last. */
  headers: Readonly<Record<string, string>>;
  text: string;
}

const PATIENCE_MS = 60_000;

/**
 * Sends bytes, and reads until the other side closes.
 * @param options.endsAfterMs after this time no more bytes will come, and that is said: for requests that have no end.
 * @returns `undefined` where it closed without an answer.
 */
export function send(
  port: number,
  bytes: Uint8Array,
  { endsAfterMs }: { endsAfterMs?: number } = {},
): Promise<Seen | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const half = endsAfterMs === undefined ? undefined : setTimeout(() => socket.end(), endsAfterMs);
    const socket = connect(port, '127.0.0.1');
    const late = setTimeout(() => {
      socket.destroy();
      reject(
        new Error(`no end of the answer within ${PATIENCE_MS} ms:\n${Buffer.concat(chunks).toString()}`),
      );
    }, PATIENCE_MS);
    socket.on('data', (chunk) => chunks.push(chunk));
    // A reset after the answer is none of the answer's business.
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(late);
      clearTimeout(half);
      try {
        resolve(parse(Buffer.concat(chunks)));
      } catch (error) {
        reject(error);
      }
    });
    socket.write(bytes);
  });
}

/** A request that closes its connection after the answer. */
export function requestBytes(
  port: number,
  {
    method = 'POST',
    path,
    headers = [],
    body,
    type = 'application/json',
  }: { method?: string; path: string; headers?: readonly string[]; body?: string; type?: string },
): Buffer {
  const bytes = Buffer.from(body ?? '');
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `host: 127.0.0.1:${port}`,
    'connection: close',
    ...(body === undefined ? [] : [`content-type: ${type}`, `content-length: ${bytes.length}`]),
    ...headers,
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), bytes]);
}

function parse(bytes: Buffer): Seen | undefined {
  if (bytes.length === 0) return undefined;
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) throw new Error(`no whole head: ${bytes.toString('latin1')}`);
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(first) ?? [];
  if (status === undefined) throw new Error(`no status line: ${first}`);
  if (status === '100') return parse(bytes.subarray(end + 4));
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const body = bytes.subarray(end + 4);
  const text = headers['transfer-encoding'] === 'chunked' ? unchunked(body) : body.toString('utf8');
  return { status: Number(status), headers, text };
}

function unchunked(body: Buffer): string {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = body.indexOf('\r\n', at);
    if (lineEnd < 0) throw new Error('the body ends in the middle of a chunk');
    const length = Number.parseInt(body.subarray(at, lineEnd).toString('latin1'), 16);
    if (length === 0) return Buffer.concat(parts).toString('utf8');
    parts.push(body.subarray(lineEnd + 2, lineEnd + 2 + length));
    at = lineEnd + 2 + length + 2;
  }
}
