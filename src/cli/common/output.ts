import { harmless } from './columns.ts';

/** Writes a line to standard error, for the person at the terminal; standard output carries results only, so it can be piped. */
export function say(line = ''): void {
  process.stderr.write(`${harmless(line)}\n`);
}

/** Writes one line of a command's result. */
export function print(line = ''): void {
  process.stdout.write(`${harmless(line)}\n`);
}

export function printLines(lines: readonly string[]): void {
  for (const line of lines) print(line);
}

/** Writes one JSON document, the only thing on standard output. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** Aligns rows under their head. Each column is as wide as its widest cell; the last one is not padded. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
