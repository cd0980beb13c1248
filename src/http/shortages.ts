import { readdir, readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { Log } from '../telemetry/names.ts';

const WATCH_MS = 10_000;
const SAY_EVERY_MS = 60_000;
/** For the store, the log, threads, and processes of the gateway's own; where there are few, half of them must do. */
const OWN_DESCRIPTORS = 64;
/** A request takes two: its client's connection and its upstream's. */
const DESCRIPTORS_A_REQUEST = 2;
/** What a connection takes at the least, even an idle one. */
const BYTES_A_CONNECTION = 32 * 1024;
/** Connections that wait to be accepted; the system may allow fewer (`net.core.somaxconn`). */
export const BACKLOG = 4_096;

/** Connections that were not taken, by the reason. */
export type Shortage = 'connections' | 'descriptors' | 'backlog';

export interface ShortageOptions {
  log: Log;
  onShortage: (kind: Shortage, connections: number) => void;
  /** What requests may hold, in bytes. */
  memoryBytes: number;
}

/**
 * Leaves enough descriptors and memory to those who are connected, and says where connections were refused: with too many
 * of them, no descriptor left, or a full queue of the system's. At most once a minute each, with what to do.
 * @returns what stops it.
 */
export async function watchShortages(
  server: Server,
  { log, onShortage, memoryBytes }: ShortageOptions,
): Promise<() => void> {
  const limit = await descriptorLimit();
  const own = Math.min(OWN_DESCRIPTORS, (limit ?? Infinity) / 2);
  const byDescriptors = limit === undefined ? Infinity : Math.floor((limit - own) / DESCRIPTORS_A_REQUEST);
  const byMemory = Math.floor(memoryBytes / BYTES_A_CONNECTION);
  const most = Math.max(1, Math.min(byDescriptors, byMemory));
  server.maxConnections = most;
  const saidAtMs = new Map<Shortage, number>();
  const say = (kind: Shortage, connections: number, why: string): void => {
    onShortage(kind, connections);
    const nowMs = performance.now();
    if (nowMs - (saidAtMs.get(kind) ?? -Infinity) < SAY_EVERY_MS) return;
    saidAtMs.set(kind, nowMs);
    log.warn({ error: why }, 'connections of clients were refused');
  };
  const raise =
    byDescriptors < byMemory
      ? `raise the limit of open files (\`ulimit -n\`, now ${limit}; LimitNOFILE= of systemd)`
      : 'raise `limits.memoryBytes`';

  server.on('drop', () =>
    say('connections', 1, `${most} connections are open, which is the most that fit here: ${raise}.`),
  );
  // Without this, a connection that cannot be accepted would end the process.
  server.on('error', (error: NodeJS.ErrnoException) =>
    say(
      'descriptors',
      1,
      `A connection could not be accepted (${error.code ?? error.message}): ${raise}, or find out what else holds files open.`,
    ),
  );
  let overflowed = (await backlogOverflows()) ?? 0;
  const look = async (): Promise<void> => {
    const open = await openDescriptors(limit);
    if (limit !== undefined && open !== undefined && open >= limit - own / 2)
      say(
        'descriptors',
        // The system then closes what comes, and tells nobody how many.
        open >= limit ? 1 : 0,
        `${open} of ${limit} files are open, and connections are refused or will be: ${raise}.`,
      );
    const now = (await backlogOverflows()) ?? overflowed;
    if (now > overflowed)
      say(
        'backlog',
        now - overflowed,
        'Connections to a program on this machine came faster than they were accepted, and its queue was full: run more gateways, or raise net.core.somaxconn.',
      );
    overflowed = now;
  };
  const timer = setInterval(() => void look().catch(() => undefined), WATCH_MS).unref();
  return () => clearInterval(timer);
}

/** The most files that this process may have open; `undefined` where the system does not say (only Linux does). */
async function descriptorLimit(): Promise<number | undefined> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const [, soft] = /^Max open files\s+(\d+)/m.exec(limits) ?? [];
  return soft === undefined ? undefined : Number(soft);
}

/** Files that are open; all that may be where none is left to look with. */
async function openDescriptors(limit: number | undefined): Promise<number | undefined> {
  try {
    return (await readdir('/proc/self/fd')).length;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EMFILE' ? limit : undefined;
  }
}

/** How often a full queue of waiting connections has refused one, on the whole machine since it started; `undefined` where that cannot be read. */
async function backlogOverflows(): Promise<number | undefined> {
  const text = await readFile('/proc/net/netstat', 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const [names = [], values = []] = text
    .split('\n')
    .filter((line) => line.startsWith('TcpExt:'))
    .map((line) => line.split(' '));
  return Number(values[names.indexOf('ListenOverflows')] ?? 0);
}
