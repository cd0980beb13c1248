import { readTraces, TraceFileError } from '../../traces/read-write.ts';
import type { Trace } from '../../traces/trace.ts';
import { unusable } from '../common/exit.ts';
import { say } from '../common/output.ts';

const MAX_SHOWN = 20;

/**
 * The questions of a trace file; bad lines are said, each with its number, and left out.
 * @throws {CommandError} where the file cannot be used, or is to be taken strictly and has a bad line.
 */
export async function readQuestions(file: string, strict: boolean): Promise<Trace[]> {
  try {
    const { traces, bad } = await readTraces(file, { strict });
    for (const { line, message } of bad.slice(0, MAX_SHOWN))
      say(`${file}:${line}: ${message}; the line is left out`);
    if (bad.length > MAX_SHOWN) say(`${file}: ${bad.length - MAX_SHOWN} more bad lines are left out`);
    return traces;
  } catch (error) {
    if (error instanceof TraceFileError) throw unusable(error.message);
    throw error;
  }
}
