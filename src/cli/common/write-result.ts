import { writeFileSync } from 'node:fs';
import { failed } from './exit.ts';

/** Writes what a command was asked to put into a file. @throws {CommandError} 1 where it cannot be written, with the reason. */
export function writeResult(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw cannotWrite(file, error);
  }
}

/** @returns the error to throw where the system refused to write; what is no such refusal is thrown as it is. */
export function cannotWrite(file: string, error: unknown): Error {
  if (!(error instanceof Error && 'syscall' in error)) throw error;
  return failed(
    `${file} cannot be written: ${error.message}. Does its folder exist, and may you write there?`,
  );
}
