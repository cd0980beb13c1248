import { createReadStream } from 'node:fs';
import { open, rm, truncate } from 'node:fs/promises';
import { traceAttemptSchema, type TraceAttempt } from '../traces/trace.ts';
import { z } from 'zod';

const entrySchema = z.object({
  id: z.string(),
  /** Hash of what was asked. */
  question: z.string(),
  tier: z.string(),
  attempt: traceAttemptSchema,
});

/** One recorded answer. */
export interface JournalEntry {
  id: string;
  question: string;
  tier: string;
  attempt: TraceAttempt;
}

/** An append-only file of answers, so that a recording that is killed loses only the answers under way. */
export interface Journal {
  /** The answers of earlier runs. */
  readonly entries: readonly JournalEntry[];
  append(entry: JournalEntry): Promise<void>;
  close(): Promise<void>;
  /** Closes and deletes the file, once its answers are stored elsewhere. */
  remove(): Promise<void>;
}

/** Opens or creates a journal. An incomplete last line, left by a kill, is removed. */
export async function openJournal(file: string): Promise<Journal> {
  const { entries, wholeBytes } = await readJournal(file);
  if (wholeBytes !== undefined) await truncate(file, wholeBytes);
  const handle = await open(file, 'a');
  return {
    entries,
    append: (entry) => handle.appendFile(`${JSON.stringify(entry)}\n`),
    close: () => handle.close(),
    async remove() {
      await handle.close();
      await rm(file);
    },
  };
}

/** `wholeBytes`: where the last complete line ends; absent if there is no file yet. */
async function readJournal(file: string): Promise<{ entries: JournalEntry[]; wholeBytes?: number }> {
  const entries: JournalEntry[] = [];
  let rest: Buffer[] = [];
  let wholeBytes = 0;
  try {
    for await (const piece of createReadStream(file) as AsyncIterable<Buffer>) {
      const end = piece.lastIndexOf(0x0a);
      if (end < 0) {
        rest.push(piece);
        continue;
      }
      const whole = Buffer.concat([...rest, piece.subarray(0, end + 1)]);
      wholeBytes += whole.length;
      rest = [piece.subarray(end + 1)];
      entries.push(...whole.toString().split('\n').flatMap(parseEntry));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { entries };
    throw error;
  }
  return { entries, wholeBytes };
}

/** Empty for a line that is no entry: a full disk can leave half a line in the middle. */
function parseEntry(text: string): JournalEntry[] {
  try {
    return [entrySchema.parse(JSON.parse(text))];
  } catch {
    return [];
  }
}
