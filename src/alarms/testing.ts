import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { Log } from '../telemetry/names.ts';

export interface ReceivedAlarm {
  headers: IncomingHttpHeaders;
  body: Record<string, unknown>;
}

/** A webhook on this machine that keeps what it is sent. */
export interface AlarmReceiver {
  url: string;
  received: ReceivedAlarm[];
  /** Resolves once this many have come. */
  until(count: number): Promise<void>;
}

/** @param answer how it answers each message; with 204 if left out. */
export async function startReceiver(
  context: Pick<TestContext, 'after'>,
  answer: (response: ServerResponse, messages: number) => void = (response) =>
    void response.writeHead(204).end(),
): Promise<AlarmReceiver> {
  const received: ReceivedAlarm[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.once('end', () => {
      received.push({ headers: request.headers, body: JSON.parse(text) as Record<string, unknown> });
      answer(response, received.length);
      for (const look of waiting) look();
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook-very-secret`,
    received,
    until: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (received.length < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}

/** A log that keeps its lines: level, fields, message. */
export function keptLog(): { log: Log; logged: string[] } {
  const logged: string[] = [];
  const write = (level: string) => (fields: object, message: string) =>
    void logged.push(`${level} ${JSON.stringify(fields)} ${message}`);
  return {
    logged,
    log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
  };
}
