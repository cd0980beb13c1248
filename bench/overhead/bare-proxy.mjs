// The least that a proxy on Node does, and the yardstick of every row: plain JavaScript, node:http and undici, the headers of either side
// passed on but for those of its own connection. It stays as it is; rows that were made with another are not compared with its rows.
// Usage: bare-proxy.mjs PORT UPSTREAM_ORIGIN
import { createServer } from 'node:http';
import { Pool } from 'undici';

const [port, origin] = process.argv.slice(2);
if (port === undefined || origin === undefined) throw new Error('usage: bare-proxy.mjs PORT UPSTREAM_ORIGIN');
const pool = new Pool(origin, { connections: 64 });

const OWN = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** @param {import('node:http').IncomingHttpHeaders} headers */
function passedOn(headers) {
  /** @type {import('node:http').IncomingHttpHeaders} */
  const passed = {};
  for (const name in headers) if (!OWN.has(name)) passed[name] = headers[name];
  return passed;
}

createServer((request, response) => {
  /** @type {Buffer[]} */
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    pool
      .request({
        path: request.url ?? '/',
        method: request.method ?? 'POST',
        headers: passedOn(request.headers),
        body: Buffer.concat(chunks),
      })
      .then(async ({ statusCode, headers, body }) => {
        const bytes = Buffer.from(await body.arrayBuffer());
        response.writeHead(statusCode, { ...passedOn(headers), 'content-length': bytes.length });
        response.end(bytes);
      })
      .catch((error) => response.writeHead(502).end(String(error)));
  });
}).listen(Number(port), '127.0.0.1');
