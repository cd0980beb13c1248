import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { test } from 'node:test';
import { cutStalledClients } from './stalled-clients.ts';

/** More than the system's own buffers take. */
const LONG = Buffer.alloc(64 * 1_048_576, 'x');

/** A server whose every answer is long, or comes only when `go` resolves; `run` has a client that has asked. */
async function withClient(
  writeTimeoutMs: number,
  go: Promise<void> | undefined,
  run: (client: Socket, cut: Promise<void>) => Promise<void>,
): Promise<void> {
  const cut = Promise.withResolvers<void>();
  const stalled = cutStalledClients(writeTimeoutMs, cut.resolve);
  const server = createServer((_, response) => {
    void (go ?? Promise.resolve()).then(() => response.end(go === undefined ? LONG : 'done'));
  })
    .on('connection', stalled.watch)
    .listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => {});
  client.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  try {
    await run(client, cut.promise);
  } finally {
    client.destroy();
    stalled.close();
    server.closeAllConnections();
    server.close();
  }
}

test('a client that does not read is cut, also where it goes on sending', () =>
  withClient(100, undefined, async (client, cut) => {
    client.pause();
    const chatter = setInterval(() => client.write('\r\n'), 10);
    await cut;
    clearInterval(chatter);
  }));

test('a client that waits for its answer is not cut, however long that takes', async () => {
  const go = Promise.withResolvers<void>();
  await withClient(20, go.promise, async (client, cut) => {
    let wasCut = false;
    void cut.then(() => (wasCut = true));
    setTimeout(go.resolve, 200);
    const [answer] = (await once(client, 'data')) as [Buffer];
    assert.match(answer.toString(), /200 OK/);
    assert.ok(!wasCut);
  });
});
