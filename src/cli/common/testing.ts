import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

type Child = ChildProcessByStdio<Writable | null, Readable, Readable>;

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A running `weir`, as a user would have started it. */
export interface Running {
  child: Child;
  /** What it has written so far. */
  stderr(): string;
  stdout(): string;
  /** Resolves when standard error matches. @throws with its whole output if it ends first. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  ended: Promise<Ended>;
}

/** Starts `weir ARGS` in `cwd`, with `input` on its standard input. It does not see the developer's own API keys. */
export function startWeir(
  args: readonly string[],
  cwd: string,
  environment: Record<string, string> = {},
  input?: string,
): Running {
  // Gateways of other tests, and the developer's own, are none of its concern.
  const env = {
    PATH: process.env['PATH'] ?? '',
    NO_COLOR: '1',
    XDG_STATE_HOME: join(cwd, '.state'),
    ...environment,
  };
  const command = [MAIN, ...args];
  const child: Child =
    input === undefined
      ? spawn(process.execPath, command, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
      : spawn(process.execPath, command, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin?.end(input);
  let [stdout, stderr] = ['', ''];
  const watchers = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    watchers.forEach((look) => look());
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return {
    child,
    stderr: () => stderr,
    stdout: () => stdout,
    ended,
    said: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(stderr);
          if (match === null) return;
          watchers.delete(look);
          resolve(match);
        };
        watchers.add(look);
        look();
        void ended.then(({ code }) =>
          reject(new Error(`weir ended with ${code} and never said ${pattern}:\n${stderr}`)),
        );
      }),
  };
}

/** Runs `weir ARGS` to its end. */
export function weir(
  args: readonly string[],
  cwd: string,
  environment?: Record<string, string>,
): Promise<Ended> {
  return startWeir(args, cwd, environment).ended;
}

/** An empty folder, and how to remove it. */
export async function createFolder(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-cli-'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
