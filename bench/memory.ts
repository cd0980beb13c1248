import { readFileSync, readdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { cpus, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { startGateway, type GatewayProcess } from '../test/e2e/gateway-process.ts';

/**
 * `node bench/memory.ts [NAME…]`: what attacks take of the gateway's memory. It runs as its users run it, in a process of its
 * own with the default limits; its resident memory and that of its children is sampled every 50 ms. Between two attacks it
 * rests. Needs `ulimit -n` of 10,000.
 */
const MB = 1_048_576;
const BODY_BYTES = 10 * MB - 1_000;

const event = (content: string): string =>
  `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`;
const LAST = `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\ndata: [DONE]\n\n`;

/** The model's name says how its server answers. */
const upstream = createServer((request: IncomingMessage, response: ServerResponse) => {
  let head = '';
  request.on('data', (chunk: Buffer) => {
    if (head.length < 200) head += chunk.toString('latin1', 0, 200);
  });
  request.on('end', () => {
    const [, model = ''] = /"model":\s*"([^"]*)"/.exec(head) ?? [];
    void answer(model, response);
  });
});

async function answer(model: string, response: ServerResponse): Promise<void> {
  if (model === 'whole') {
    const text = 'x'.repeat(30 * MB);
    const message = { role: 'assistant', content: text };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({
        id: 'x',
        object: 'chat.completion',
        created: 1,
        model: 'm',
        choices: [{ index: 0, message, finish_reason: 'stop' }],
        usage: { prompt_tokens: 1, completion_tokens: 1 },
      }),
    );
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  if (model === 'slow') {
    for (let token = 0; token < 20 && !response.destroyed; token += 1) {
      response.write(event('word '));
      await sleep(500);
    }
  } else {
    // `flood`: 600 MB, or until the gateway ends the call.
    const block = event('x'.repeat(1_000)).repeat(60);
    for (let sent = 0; sent < 600 * MB && !response.destroyed; sent += block.length) {
      if (!response.write(block))
        await new Promise<void>((resolve) => {
          const go = (): void => {
            response.off('drain', go).off('close', go);
            resolve();
          };
          response.once('drain', go).once('close', go);
        });
    }
  }
  response.end(LAST);
}

interface Sent {
  /** The status of the answer; 0 where the connection ended without one. */
  status: number;
  bytes: number;
  seconds: number;
  retryAfter: boolean;
}

interface Sending {
  body: Buffer;
  /** Reads nothing. */
  deaf?: boolean;
  /** Sends a kilobyte a second, for so many seconds. */
  slowly?: number;
}

/** One request on a socket of its own. */
function send(gateway: GatewayProcess, { body, deaf = false, slowly }: Sending): Promise<Sent> {
  const { hostname, port } = new URL(gateway.origin);
  const started = performance.now();
  return new Promise((resolve) => {
    const socket: Socket = connect(Number(port), hostname);
    let head = '';
    let bytes = 0;
    let tail = '';
    const done = (): void => {
      const [, status = '0'] = /^HTTP\/1\.1 (\d+)/.exec(head) ?? [];
      resolve({
        status: Number(status),
        bytes,
        seconds: (performance.now() - started) / 1_000,
        retryAfter: /\r\nretry-after:/i.test(head),
      });
      socket.destroy();
    };
    socket.on('error', () => {}).on('close', done);
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n`,
    );
    if (slowly === undefined) socket.write(body);
    else void trickle(socket, body, slowly);
    if (deaf) {
      socket.pause();
      // A paused socket does not learn of its end before it reads.
      const probe = setInterval(() => {
        if (!socket.destroyed) socket.write('\r\n');
      }, 500);
      socket.on('close', () => clearInterval(probe));
      return;
    }
    socket.on('data', (data: Buffer) => {
      bytes += data.length;
      if (head.length < 2_000) head += data.toString('latin1', 0, 2_000);
      tail = (tail + data.toString('latin1', Math.max(0, data.length - 20))).slice(-20);
      if (tail.includes('[DONE]')) done();
    });
  });
}

async function trickle(socket: Socket, body: Buffer, seconds: number): Promise<void> {
  for (let second = 0; second < seconds && !socket.destroyed; second += 1) {
    socket.write(body.subarray(second * 1_024, (second + 1) * 1_024));
    await sleep(1_000);
  }
  socket.destroy();
}

function chat(model: string, content: string, stream: boolean): Buffer {
  return Buffer.from(JSON.stringify({ model, stream, messages: [{ role: 'user', content }] }));
}

/** As many lists and objects as a body may have, all of them accepted. */
function dense(bytes: number): Buffer {
  const text = `{"model":"slow","stream":true,"messages":[{"role":"user","content":"hi","x":[${'{},'.repeat(200_000)}{}]}],"y":"`;
  return Buffer.from(`${text}${'z'.repeat(bytes - text.length - 2)}"}`);
}

const ATTACKS: Readonly<Record<string, { what: string; times: number; sending: () => Sending }>> = {
  plain: { what: '2,000 streams at once', times: 2_000, sending: () => ({ body: chat('slow', 'hi', true) }) },
  bodies: {
    what: '192 bodies of 10 MB',
    times: 192,
    sending: () => ({ body: chat('slow', 'x'.repeat(BODY_BYTES - 100), true) }),
  },
  wide: {
    what: '192 bodies of 10 MB, beyond Latin-1',
    times: 192,
    sending: () => ({ body: chat('slow', `${'x'.repeat(BODY_BYTES - 200)}字`, true) }),
  },
  dense: {
    what: '192 bodies of 10 MB with 400,000 values each',
    times: 192,
    sending: () => ({ body: dense(BODY_BYTES) }),
  },
  deaf: {
    what: '96 clients that do not read an endless stream',
    times: 96,
    sending: () => ({ body: chat('flood', 'hi', true), deaf: true }),
  },
  senders: {
    what: '500 clients that declare 10 MB and send 1 KiB/s',
    times: 500,
    sending: () => ({ body: Buffer.alloc(BODY_BYTES, 'x'), slowly: 20 }),
  },
  answers: {
    what: '64 whole answers of 30 MB',
    times: 64,
    sending: () => ({ body: chat('whole', 'hi', false) }),
  },
  long: {
    what: '4 live streams of 600 MB, read',
    times: 4,
    sending: () => ({ body: chat('flood', 'hi', true) }),
  },
};

/** Resident memory of a process and its children, in bytes. */
function residentBytes(pid: number): number {
  const own = /^VmRSS:\s+(\d+) kB/m.exec(textOf(`/proc/${pid}/status`))?.[1] ?? '0';
  return Number(own) * 1_024 + childrenOf(pid).reduce((sum, child) => sum + residentBytes(child), 0);
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      textOf(`/proc/${pid}/task/${task}/children`)
        .split(' ')
        .map(Number)
        .filter((child) => child > 0),
    );
  } catch {
    return [];
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

async function attack(gateway: GatewayProcess, name: string): Promise<string> {
  const { what, times, sending } = ATTACKS[name] ?? {
    what: name,
    times: 0,
    sending: () => ({ body: Buffer.alloc(0) }),
  };
  const pid = gateway.process.pid ?? 0;
  const before = residentBytes(pid);
  let most = before;
  const sampler = setInterval(() => (most = Math.max(most, residentBytes(pid))), 50);
  const request = sending();
  const ended = await Promise.all(Array.from({ length: times }, () => send(gateway, request)));
  clearInterval(sampler);
  const statuses = Map.groupBy(ended, ({ status }) => status);
  const shown = [...statuses]
    .toSorted(([one], [other]) => one - other)
    .map(([status, of]) => `${of.length} × ${status === 0 ? 'cut' : status}`);
  const without = ended.filter(({ status, retryAfter }) => status === 503 && !retryAfter).length;
  const longest = Math.max(...ended.map(({ seconds }) => seconds));
  const mib = (bytes: number): string => (bytes / MB).toFixed(0);
  const alive = gateway.process.exitCode === null ? 'yes' : 'NO';
  const answered = `${shown.join(', ')}${without > 0 ? ` (${without} without Retry-After)` : ''}`;
  return `| ${what} | ${answered} | ${longest.toFixed(1)} | ${mib(before)} | ${mib(most)} | ${alive} |`;
}

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(ATTACKS);
await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', 4_096, resolve));
const { port: upstreamPort } = upstream.address() as AddressInfo;
const models = ['slow', 'flood', 'whole'];
const gateway = await startGateway(`upstreams:
  up: { baseUrl: "http://127.0.0.1:${upstreamPort}/v1", location: on-premises, maxConcurrent: 4000, maxQueue: 4000 }
models: { ${models.map((model) => `${model}: { upstream: up, model: ${model}, logprobs: none }`).join(', ')} }
`);
const processor = cpus()[0]?.model ?? '';
process.stdout.write(
  `\n${cpus().length} × ${processor.trim()}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}, load average ${loadavg()[0]?.toFixed(2)}\n\n` +
    '| attack | answers | longest, s | MiB before | MiB at most | alive |\n|---|---|---|---|---|---|\n',
);
for (const name of names) {
  process.stdout.write(`${await attack(gateway, name)}\n`);
  await sleep(3_000);
}
if (gateway.process.exitCode === null) await gateway.stop();
else process.stdout.write(`${gateway.output().slice(-3_000)}\n`);
upstream.closeAllConnections();
upstream.close();
