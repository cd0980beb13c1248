import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Cuts clients that take nothing of their answer for a while. One that does not read holds its answer in memory and a place
 * at its upstream, so the request ends with it. A client that waits for a slow model is left alone.
 * @returns takes each response as it begins.
 */
export function cutStalledClients(
  server: Server,
  writeTimeoutMs: number,
  onCut: () => void,
): (response: ServerResponse) => void {
  /** Connections that have had their answer: kept alive, and closed by this very timeout. */
  const idle = new WeakSet<Socket>();
  // Node tells this where nothing has moved on a connection; of one that writes, only where no byte was taken.
  server.setTimeout(writeTimeoutMs, (socket: Socket) => {
    if (socket.writableLength > 0) onCut();
    if (socket.writableLength > 0 || idle.has(socket)) socket.destroy();
    else socket.setTimeout(writeTimeoutMs);
  });
  return (response) => {
    const { socket } = response;
    if (socket === null) return;
    idle.delete(socket);
    response.once('close', () => idle.add(socket));
  };
}
