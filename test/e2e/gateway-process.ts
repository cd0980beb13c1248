import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './real-models.ts';

export interface GatewayProcess {
  origin: string;
  folder: string;
  process: ChildProcess;
  /** All it has written to standard output and error so far. */
  output(): string;
  /** Bytes in use after a collection: the JavaScript heap, and the buffers that it holds on to. */
  heapBytes(): Promise<number>;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

const main = join(import.meta.dirname, '../../src/cli/main.ts');
const heapOnSignal = join(import.meta.dirname, 'heap-on-signal.ts');

export interface GatewayProcessOptions {
  /** A module that is loaded first. */
  preload?: string;
  /** The most files that the process may have open. */
  descriptors?: number;
}

/** The gateway as its users run it: a process of its own, in a folder of its own, with this `weir.yaml`. */
export async function startGateway(
  yaml: string,
  folder = mkdtempSync(join(tmpdir(), 'weir-e2e-')),
  { preload = heapOnSignal, descriptors }: GatewayProcessOptions = {},
): Promise<GatewayProcess> {
  const port = await freePort();
  writeFileSync(join(folder, 'weir.yaml'), `listen: 127.0.0.1:${port}\nstore: sqlite:./weir.db\n${yaml}`);
  const command = [process.execPath, '--expose-gc', '--import', preload, main, 'serve'];
  const [program = '', ...given] =
    descriptors === undefined
      ? command
      : ['sh', '-c', `ulimit -n ${descriptors}; exec "$@"`, 'sh', ...command];
  const child = spawn(program, given, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let written = '';
  child.stdout.on('data', (chunk: Buffer) => (written += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (written += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const origin = `http://127.0.0.1:${port}`;
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const answer = await fetch(`${origin}/healthz`).catch(() => undefined);
    if (answer?.ok === true) {
      return {
        origin,
        folder,
        process: child,
        output: () => written,
        async heapBytes() {
          const before = written.length;
          child.kill('SIGUSR2');
          for (;;) {
            const [, bytes] = /^heap (\d+)$/m.exec(written.slice(before)) ?? [];
            if (bytes !== undefined) return Number(bytes);
            if (child.exitCode !== null) throw new Error(`the gateway has ended:\n${written}`);
            await sleep(20);
          }
        },
        async stop(signal = 'SIGTERM') {
          child.kill(signal);
          return exited;
        },
      };
    }
    if (child.exitCode !== null) break;
    await sleep(100);
  }
  child.kill('SIGKILL');
  throw new Error(`the gateway did not start:\n${written}`);
}
