#!/usr/bin/env node
import { CommanderError } from 'commander';
import { harmless } from './common/columns.ts';
import { keepCompiledCode } from './common/compile-cache.ts';
import { CommandError } from './common/exit.ts';
import { createProgram } from './program.ts';

keepCompiledCode(process.env);

/** The program itself has no option that takes a value, so the first word that is no option names the command. */
const command = process.argv.slice(2).find((word) => !word.startsWith('-'));

// A reader that closes the pipe has read enough: `weir … | head`.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

try {
  await (await createProgram({ command })).parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Prints what went wrong. @returns the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof CommandError) {
    process.stderr.write(`${harmless(error.message).replaceAll(/^/gm, 'weir: ')}\n`);
    return error.exitCode;
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  process.stderr.write(`weir: unexpected error: ${harmless(message.replaceAll(/\s+/g, ' '))}\n`);
  return 1;
}
