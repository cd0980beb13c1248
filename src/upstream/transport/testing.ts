/** What this folder's tests have in common: a certificate of nobody's, and a proxy. */
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TestContext } from 'node:test';

/** Signed by itself, for `localhost` and `models.example`; it protects nothing. */
export const TEST_CERTIFICATE = {
  key: `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIBaFHm06lQS7/nZFRdHI2ZeW/bVRlSPho+xmIwrdE6OkoAoGCCqGSM49
AwEHoUQDQgAEGcEqA6gXVZyw5dfYLDtc8JGJ4rT4XbHHvrA6KPNjYysXD/by6kOg
73gaWHYKVpkk2ppdttM5fPDbvUh9k4v7zg==
-----END EC PRIVATE KEY-----`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBpTCCAUugAwIBAgIUBAP7eYC4rM8TOT4jVGbs+CJwETIwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTIwMTAxNDcyMloYDzIxMjYxMTA3
MDE0NzIyWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQZwSoDqBdVnLDl19gsO1zwkYnitPhdsce+sDoo82NjKxcP9vLqQ6Dv
eBpYdgpWmSTaml220zl88Nu9SH2Ti/vOo3kwdzAdBgNVHQ4EFgQU9lfIHiRwNnEi
s+EI7jNPFvq+TT4wHwYDVR0jBBgwFoAU9lfIHiRwNnEis+EI7jNPFvq+TT4wDwYD
VR0TAQH/BAUwAwEB/zAkBgNVHREEHTAbgglsb2NhbGhvc3SCDm1vZGVscy5leGFt
cGxlMAoGCCqGSM49BAMCA0gAMEUCIDn0IbVtqgm1EtWPg8JWKxu1e6c6hnkzPY9f
7Te1npa6AiEA923xgm2MQquIjmo9EFHFWJifahvkVLp0BcdxNrsYDuU=
-----END CERTIFICATE-----`,
};

/** The address of a server, which is listening from now on; it is closed with the test. */
export async function listening(t: TestContext, server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  // A listening TCP server has such an address.
  return (server.address() as AddressInfo).port;
}

export interface TestProxy {
  url: string;
  /** What it was asked for: `CONNECT host:port`, or a method and a whole URL. */
  asked: string[];
}

/** A proxy that finds every name on this machine. @param credentials `user:password` that it wants; none without. */
export async function startProxy(t: TestContext, credentials?: string): Promise<TestProxy> {
  const asked: string[] = [];
  const sockets = new Set<Duplex>();
  const isAllowed = ({ headers }: IncomingMessage): boolean =>
    credentials === undefined ||
    headers['proxy-authorization'] === `Basic ${Buffer.from(credentials).toString('base64')}`;
  const server = createServer((incoming: IncomingMessage, response: ServerResponse) => {
    asked.push(`${incoming.method} ${incoming.url}`);
    if (!isAllowed(incoming)) {
      response.writeHead(407, { 'proxy-authenticate': 'Basic' }).end();
      return;
    }
    const { port, pathname, search } = new URL(incoming.url ?? '');
    const { method, headers } = incoming;
    incoming.pipe(
      request({ host: '127.0.0.1', port, path: pathname + search, method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      }),
    );
  });
  server.on('connect', (incoming: IncomingMessage, client: Duplex) => {
    asked.push(`CONNECT ${incoming.url}`);
    sockets.add(client);
    if (!isAllowed(incoming)) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    const there = connect(Number(incoming.url?.split(':')[1]), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      there.pipe(client);
      client.pipe(there);
    });
    sockets.add(there);
    for (const socket of [there, client]) socket.on('error', () => socket.destroy());
  });
  const port = await listening(t, server);
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  const user = credentials === undefined ? '' : `${credentials}@`;
  return { url: `http://${user}127.0.0.1:${port}`, asked };
}
