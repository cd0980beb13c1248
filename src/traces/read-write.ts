import { createReadStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { inPlainWords } from '../format/schema-problem.ts';
import { traceSchema, type Trace } from './trace.ts';
import { checkBySchema } from '../format/check-by-schema.ts';

/** A trace file that cannot be used; the message says what is wrong, where, and what to do. */
export class TraceFileError extends Error {
  override readonly name = 'TraceFileError';
}

/** A line that is not a trace. */
export interface BadLine {
  /** 1-based. */
  line: number;
  message: string;
}

export interface TraceFile {
  traces: Trace[];
  /** The lines that were left out. */
  bad: BadLine[];
}

const isGzip = (file: string): boolean => file.endsWith('.gz');

/**
 * Reads a trace file, gzip if its name ends in `.gz`. A bad line is left out and reported; `strict` makes it an error.
 * @throws {TraceFileError} if the file cannot be read, or with `strict` has bad lines: all of them are named.
 */
export async function readTraces(
  file: string,
  { strict = false }: { strict?: boolean } = {},
): Promise<TraceFile> {
  const traces: Trace[] = [];
  const bad: BadLine[] = [];
  const seen = new Map<string, number>();
  let line = 0;
  for await (const text of readLines(file)) {
    line += 1;
    if (text.trim() === '') continue;
    const read = parseTrace(text);
    const problem = read.trace === undefined ? read.problem : duplicate(seen, read.trace.id, line);
    if (problem !== undefined) {
      bad.push({ line, message: problem });
    } else if (read.trace !== undefined) traces.push(read.trace);
  }
  if (strict && bad.length > 0) throw new TraceFileError(badLinesInWords(file, bad));
  return { traces, bad };
}

/** More would hide what is to be done about them. */
const MOST_BAD_LINES = 100;

function badLinesInWords(file: string, bad: readonly BadLine[]): string {
  const shown = bad.slice(0, MOST_BAD_LINES).map(({ line, message }) => `${file}:${line}: ${message}`);
  const more = bad.length - shown.length;
  return [...shown, ...(more > 0 ? [`${file}: ${more} more bad lines`] : [])].join('\n');
}

/**
 * The lines of a JSON Lines file, gzip if its name ends in `.gz`. Only a line feed ends a line: `readline` would also split
 * at U+2028, which JSON text may contain.
 * @throws {TraceFileError} if the file cannot be read.
 */
export async function* readLines(file: string): AsyncGenerator<string> {
  const pieces: string[] = [];
  for await (const piece of readPieces(file)) {
    const lines = piece.split('\n');
    pieces.push(lines[0] ?? '');
    if (lines.length === 1) continue;
    yield pieces.splice(0).join('');
    yield* lines.slice(1, -1);
    pieces.push(lines.at(-1) ?? '');
  }
  yield pieces.join('');
}

/**
 * The text of a file piece by piece, unpacked if its name ends in `.gz`.
 * @throws {TraceFileError} if the file cannot be read.
 */
export async function* readPieces(file: string): AsyncGenerator<string> {
  const bytes = createReadStream(file);
  const input = isGzip(file) ? bytes.pipe(createGunzip()) : bytes;
  if (input !== bytes) bytes.on('error', (error) => input.destroy(error));
  let begun = false;
  try {
    for await (const piece of input.setEncoding('utf8') as AsyncIterable<string>) {
      if (!begun) requireText(file, piece);
      // Some editors write a byte order mark first.
      yield begun ? piece : piece.replace(/^\uFEFF/, '');
      begun = true;
    }
  } catch (error) {
    throw error instanceof TraceFileError ? error : unreadable(file, error as NodeJS.ErrnoException);
  } finally {
    bytes.destroy();
  }
}

/** The first bytes of gzip and of Zstandard, decoded as UTF-8. */
const PACKED = ['\u001F\uFFFD', '(\uFFFD/\uFFFD'];

/** @throws {TraceFileError} if the file is compressed in a way that its name does not tell. */
function requireText(file: string, start: string): void {
  if (PACKED.some((bytes) => start.startsWith(bytes)))
    throw new TraceFileError(
      `${file}: the file is compressed. Only gzip is read, and only if the name ends in .gz; unpack the file first.`,
    );
}

function unreadable(file: string, error: NodeJS.ErrnoException): TraceFileError {
  if (error.code === 'ENOENT') return new TraceFileError(`${file}: there is no such file.`);
  if (error.code === 'Z_BUF_ERROR')
    return new TraceFileError(`${file}: the file is incomplete: its gzip data ends too early.`);
  if (error.code?.startsWith('Z_') === true)
    return new TraceFileError(`${file}: this is not gzip, although its name ends in .gz.`);
  return new TraceFileError(`${file}: it cannot be read (${error.message}).`);
}

type Parsed = { trace: Trace; problem?: never } | { trace?: never; problem: string };

function parseTrace(text: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: 'this line is not JSON' };
  }
  const parsed = checkBySchema(traceSchema, value, { error: inPlainWords });
  if (parsed.success) return { trace: parsed.data };
  const where = (path: readonly PropertyKey[]): string =>
    path.length === 0 ? '' : `${path.map(String).join('.')}: `;
  return { problem: parsed.error.issues.map(({ path, message }) => `${where(path)}${message}`).join('; ') };
}

function duplicate(seen: Map<string, number>, id: string, line: number): string | undefined {
  const before = seen.get(id);
  if (before === undefined) seen.set(id, line);
  return before === undefined ? undefined : `line ${before} has the id '${id}' already`;
}

/** Traces are written in chunks of this size, since a history may be larger than the memory. */
const CHUNK_CHARACTERS = 1_048_576;

/**
 * Writes a trace file, gzip if its name ends in `.gz`: completely or not at all, even if the process dies. The same traces
 * give the same bytes.
 * @throws {TraceFileError} if the file cannot be written; and what reading the traces throws.
 */
export async function writeTraces(
  file: string,
  traces: Iterable<Trace> | AsyncIterable<Trace>,
): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    const handle = await open(temporary, 'w');
    // The handle is closed with the stream.
    const out = handle.createWriteStream({ flush: true });
    if (isGzip(file)) await pipeline(chunksOf(traces), createGzip({ level: 9 }), out);
    else await pipeline(chunksOf(traces), out);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new TraceFileError(`${file}: it cannot be written (${error.message}).`, { cause: error });
  }
}

async function* chunksOf(traces: Iterable<Trace> | AsyncIterable<Trace>): AsyncGenerator<string> {
  let text = '';
  for await (const trace of traces) {
    text += `${JSON.stringify(trace)}\n`;
    if (text.length < CHUNK_CHARACTERS) continue;
    yield text;
    text = '';
  }
  yield text;
}
