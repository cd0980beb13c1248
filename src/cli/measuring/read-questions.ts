import { readTraces, TraceFileError } from '../../traces/read-write.ts';
import type { Trace } from '../../traces/trace.ts';
import { unusable } from '../common/exit.ts';
import { say } from '../common/output.ts';

const MAX_SHOWN = 20;

/**
 * Reads the questions of a trace file. Bad lines are reported with their numbers and skipped.
 * @throws {CommandError} if the file cannot be used, or `strict` is set and it has a bad line.
 */
export async function readQuestions(file: string, strict: boolean): Promise<Trace[]> {
  try {
    const { traces, bad } = await readTraces(file, { strict });
    for (const { line, message } of bad.slice(0, MAX_SHOWN))
      say(`${file}:${line}: ${message}; the line is skipped`);
    if (bad.length > MAX_SHOWN) say(`${file}: ${bad.length - MAX_SHOWN} more bad lines are skipped`);
    return traces;
  } catch (error) {
    if (error instanceof TraceFileError) throw unusable(error.message);
    throw error;
  }
}
