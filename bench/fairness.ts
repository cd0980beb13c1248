/**
 * `node bench/fairness.ts`: what a client has to wait beside one that keeps five hundred streams open, each with an API key
 * of its own, at one server with the default limits. Every answer takes a second. The client asks one request after the other: alone, then
 * beside the streams.
 */
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startGateway } from '../test/e2e/gateway-process.ts';

const STREAMS = 500;
const REQUESTS = 77;
const PIECES = 4;
const PIECE_MS = 250;

/** A process of its own, so that the clients' work does not delay it. */
if (process.send !== undefined) serveAnswers();
else await measure();

function serveAnswers(): void {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    let piece = 0;
    const timer = setInterval(() => {
      piece += 1;
      const end = piece === PIECES;
      const choice = { index: 0, delta: { content: 'a ' }, finish_reason: end ? 'stop' : null };
      const chunk = { id: 'x', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [choice] };
      response.write(`data: ${JSON.stringify(chunk)}\n\n`);
      if (end) response.end('data: [DONE]\n\n');
    }, PIECE_MS);
    response.once('close', () => clearInterval(timer));
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
}

async function measure(): Promise<void> {
  const server = fork(import.meta.filename, { stdio: 'inherit' });
  const [port] = (await once(server, 'message')) as [number];
  const gateway =
    await startGateway(`upstreams: { up: { baseUrl: "http://127.0.0.1:${port}/v1", location: on-premises } }
models: { m: { upstream: up, model: m, logprobs: none } }
routes: { auto: { tiers: [m] } }
`);

  function createKey(name: string): string {
    const main = join(import.meta.dirname, '../src/cli/main.ts');
    const { stdout } = spawnSync(process.execPath, [main, 'keys', 'create', '--name', name, '--json'], {
      cwd: gateway.folder,
    });
    return (JSON.parse(stdout.toString()) as { key: string }).key;
  }
  const [busy, small] = [createKey('busy'), createKey('small')];
  await sleep(2_000);

  async function ask(key: string): Promise<{ status: number; ms: number }> {
    const began = performance.now();
    const response = await fetch(`${gateway.origin}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: 'auto', stream: true, messages: [{ role: 'user', content: 'hi' }] }),
    });
    await response.text();
    return { status: response.status, ms: performance.now() - began };
  }

  async function client(): Promise<string> {
    const times: number[] = [];
    let refused = 0;
    for (let request = 0; request < REQUESTS; request += 1) {
      const { status, ms } = await ask(small);
      if (status === 200) times.push(ms);
      else refused += 1;
    }
    times.sort((a, b) => a - b);
    const at = (share: number): string =>
      (times[Math.ceil(share * times.length) - 1] ?? Number.NaN).toFixed(0);
    return `median ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms, ${refused} of ${REQUESTS} refused`;
  }

  await ask(small);
  process.stdout.write(`alone: ${await client()}\n`);
  let over = false;
  const counts = { answered: 0, refused: 0 };
  const streams = Array.from({ length: STREAMS }, async () => {
    let tries = 0;
    while (!over) {
      const { status } = await ask(busy);
      if (status === 200) counts.answered += 1;
      else counts.refused += 1;
      // A client that is refused comes back later and later, as OpenAI's own does.
      tries = status === 200 ? 0 : tries + 1;
      if (status !== 200) await sleep(Math.min(8_000, 500 * 2 ** tries) * (0.75 + Math.random() / 4));
    }
  });
  await sleep(2_000);
  process.stdout.write(`beside ${STREAMS} streams of another key: ${await client()}\n`);
  over = true;
  await Promise.all(streams);
  process.stdout.write(
    `the streams: ${counts.answered} answered, ${counts.refused} refused; Node ${process.version}\n`,
  );
  await gateway.stop();
  server.kill();
}
