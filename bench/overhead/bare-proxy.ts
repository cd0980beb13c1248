import { createServer } from 'node:http';
import { Pool } from 'undici';

/** The least a Node proxy can do: the yardstick for everything a gateway adds. `bare-proxy.ts PORT UPSTREAM_ORIGIN` */
const [port, origin] = process.argv.slice(2);
if (port === undefined || origin === undefined) throw new Error('usage: bare-proxy.ts PORT UPSTREAM_ORIGIN');
const pool = new Pool(origin, { connections: 64 });

createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    pool
      .request({
        path: request.url ?? '/',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: Buffer.concat(chunks),
      })
      .then(async ({ statusCode, body }) => {
        const bytes = Buffer.from(await body.arrayBuffer());
        response.writeHead(statusCode, {
          'content-type': 'application/json',
          'content-length': bytes.length,
        });
        response.end(bytes);
      })
      .catch((error: unknown) => response.writeHead(502).end(String(error)));
  });
}).listen(Number(port), '127.0.0.1');
