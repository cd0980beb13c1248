import { writeFileSync } from 'node:fs';
import { failed } from './exit.ts';

/** Writes a command's result to a file. @throws {CommandError} with exit code 1 and the reason if that is not possible. */
export function writeResult(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw cannotWrite(file, error);
  }
}

/** @returns what to throw if the system refused to write to the file; any other error is thrown as it is. */
export function cannotWrite(file: string, error: unknown): Error {
  if (!(error instanceof Error && 'syscall' in error)) throw error;
  return failed(
    `${file} cannot be written: ${error.message}. Check that its folder exists and that you may write there.`,
  );
}
