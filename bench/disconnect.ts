import { connect, createServer, type Socket } from 'node:net';
import { startGateway } from '../test/e2e/gateway-process.ts';
import { freePort } from '../test/e2e/real-models.ts';

/**
 * `npm run bench:disconnect`: how long it takes from a client's disconnect in mid-stream until the upstream's socket closes.
 * A raw upstream streams a token every 20 ms and never ends; a raw client disconnects after the third.
 */
const RUNS = 50;
const upstreamPort = await freePort();
let closedAt: ((at: number) => void) | undefined;

const upstream = createServer((socket: Socket) => {
  socket.on('error', () => socket.destroy());
  socket.once('data', () => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n');
    const timer = setInterval(() => {
      const chunk = {
        id: 'x',
        object: 'chat.completion.chunk',
        created: 1,
        model: 'm',
        choices: [{ index: 0, delta: { content: 'a ' }, finish_reason: null }],
      };
      const data = `data: ${JSON.stringify(chunk)}\n\n`;
      socket.write(`${data.length.toString(16)}\r\n${data}\r\n`);
    }, 20);
    socket.once('close', () => {
      clearInterval(timer);
      closedAt?.(performance.now());
    });
  });
}).listen(upstreamPort, '127.0.0.1');

const gateway =
  await startGateway(`upstreams: { up: { baseUrl: "http://127.0.0.1:${upstreamPort}/v1", location: on-premises } }
models: { m: { upstream: up, model: m, logprobs: none } }
routes: { auto: { tiers: [m], objective: { thresholds: [] } } }
`);
const delays: number[] = [];
for (let run = 0; run < RUNS; run += 1) delays.push(await hangUp());
await gateway.stop();
upstream.close();
delays.sort((a, b) => a - b);
const at = (share: number): string => (delays[Math.floor(share * (RUNS - 1))] ?? Number.NaN).toFixed(1);
process.stdout.write(
  `client gone → upstream socket closed, ${RUNS} runs: median ${at(0.5)} ms (${at(0)}–${at(1)}), Node ${process.version}\n`,
);

function hangUp(): Promise<number> {
  return new Promise((resolve) => {
    const body = JSON.stringify({ model: 'auto', stream: true, messages: [{ role: 'user', content: 'hi' }] });
    const { hostname, port } = new URL(gateway.origin);
    const client = connect(Number(port), hostname);
    let seen = '';
    client.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    client.on('data', (data) => {
      seen += data.toString();
      if (seen.split('"content":"a "').length <= 3 || closedAt !== undefined) return;
      const left = performance.now();
      closedAt = (closed) => {
        closedAt = undefined;
        resolve(closed - left);
      };
      client.destroy();
    });
  });
}
