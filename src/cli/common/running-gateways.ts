import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir, hostname, tmpdir, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import type { Environment } from '../../config/load/interpolate.ts';

/**
 * What a running gateway says of itself to the commands of its user: a file of its own, `PID.json`, in a folder that only this user
 * can read. There is nothing secret in it. A file whose process has ended stays until the next gateway starts, and counts for nothing.
 */
const noteSchema = z.strictObject({
  pid: z.int().positive(),
  /** When the process began, as its system says it: another process may have the same number later. */
  began: z.string(),
  /** A home may be shared by several machines, and by containers. */
  machine: z.string(),
  /** Where it answers, as a URL. */
  address: z.string(),
  /** Path of its configuration; absent where it has none: it serves models that it found, or the demonstration. */
  configuration: z.string().optional(),
  /** It serves models that it found on this machine: no file says which. */
  found: z.literal(true).optional(),
  /** Path of its store; never a URL, which may hold a password. */
  store: z.string(),
  /** Where it was started. */
  folder: z.string(),
});

type Note = z.infer<typeof noteSchema>;
export type RunningGateway = Omit<Note, 'began' | 'machine'>;

/** Nobody runs more gateways; a folder that somebody filled must not hold up a command. */
const MOST_NOTES = 64;
const MOST_BYTES = 65_536;

/** Tells the commands of this user that a gateway runs. @returns what takes it back. Where no file can be written, nobody is told. */
export function announceGateway(about: Omit<RunningGateway, 'pid'>, environment: Environment): () => void {
  const { pid } = process;
  const note: Note = { ...about, pid, began: beganAt(pid) ?? '', machine: hostname() };
  for (const folder of noteFolders(environment)) {
    const file = join(folder, `${pid}.json`);
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if (!isOwn(folder)) continue;
      for (const stale of notesIn(folder).filter(({ known }) => known === undefined || !isAlive(known)))
        if (stale.known === undefined || stale.known.machine === note.machine)
          rmSync(stale.file, { force: true });
      writeFileSync(`${file}.new`, `${JSON.stringify(note)}\n`, { mode: 0o600 });
      renameSync(`${file}.new`, file);
      return () => rmSync(file, { force: true });
    } catch {
      // Such as a home that is read-only: the next folder may do.
    }
  }
  return () => {};
}

/** The gateways of this user that run on this machine, in the order of their process numbers. */
export function runningGateways(environment: Environment): RunningGateway[] {
  const here = hostname();
  return noteFolders(environment)
    .filter(isOwn)
    .flatMap(notesIn)
    .flatMap(({ known }) => (known !== undefined && known.machine === here && isAlive(known) ? known : []))
    .map(({ began: _, machine: __, ...gateway }) => gateway)
    .toSorted((a, b) => a.pid - b.pid);
}

/** The first is in the user's home; the second is for a user without one that can be written. */
function noteFolders(environment: Environment): string[] {
  const { XDG_STATE_HOME: named = '' } = environment;
  try {
    const state = isAbsolute(named) ? named : join(homedir(), '.local/state');
    return [join(state, 'weir/gateways'), join(tmpdir(), `weir-${userInfo().uid}`)];
  } catch {
    return [];
  }
}

/** Whether it is a folder of this user that nobody else can write to: another user's notes are not believed. */
function isOwn(folder: string): boolean {
  try {
    const found = lstatSync(folder, { throwIfNoEntry: false });
    return found?.isDirectory() === true && found.uid === userInfo().uid && (found.mode & 0o022) === 0;
  } catch {
    return false;
  }
}

function notesIn(folder: string): { file: string; known: Note | undefined }[] {
  const names = readdirSync(folder).filter((name) => /^\d+\.json$/.test(name));
  return names.slice(0, MOST_NOTES).map((name) => {
    const file = join(folder, name);
    return { file, known: readNote(file) };
  });
}

function readNote(file: string): Note | undefined {
  try {
    if (statSync(file).size > MOST_BYTES) return undefined;
    return noteSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, began }: Note): boolean {
  return beganAt(pid) === began;
}

/** When a process began, as a text to compare; undefined where there is none with this number. */
function beganAt(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux')
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Its name, in parentheses, may contain anything; the twentieth value after it is the time, in ticks since the start.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
