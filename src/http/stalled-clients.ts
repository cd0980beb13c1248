import type { Socket } from 'node:net';

export interface StalledClients {
  /** Takes a client's connection as it begins: all its answers go over it. */
  watch(socket: Socket): void;
  close(): void;
}

interface Progress {
  taken: string;
  sinceMs: number;
}

/**
 * Cuts clients that take nothing of their answer for a while. One that does not read holds its answer in memory and a place
 * at its upstream, so the request ends with it. A client that waits for a slow model is left alone. Node's own time-out of
 * sockets would not do: bytes that the client sends put it off.
 */
export function cutStalledClients(writeTimeoutMs: number, onCut: () => void): StalledClients {
  const watched = new Map<Socket, Progress | undefined>();
  const timer = setInterval(
    () => {
      const nowMs = performance.now();
      for (const [socket, before] of watched) {
        if (socket.writableLength === 0) {
          if (before !== undefined) watched.set(socket, undefined);
          continue;
        }
        const taken = takenOf(socket);
        if (before?.taken !== taken) watched.set(socket, { taken, sinceMs: nowMs });
        else if (nowMs - before.sinceMs >= writeTimeoutMs) {
          watched.delete(socket);
          onCut();
          socket.destroy();
        }
      }
    },
    Math.min(1_000, writeTimeoutMs / 4),
  ).unref();
  return {
    watch(socket) {
      watched.set(socket, undefined);
      socket.once('close', () => watched.delete(socket));
    },
    close: () => clearInterval(timer),
  };
}

/** Changes with every byte that the client takes, and with nothing else. */
function takenOf(socket: Socket): string {
  // Only the handle knows how much of a single large write has gone out; Node's own time-out reads it too.
  const handle: unknown = Reflect.get(socket, '_handle');
  const queued: unknown =
    typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'writeQueueSize') : undefined;
  return `${socket.bytesWritten - socket.writableLength} ${String(queued)}`;
}
