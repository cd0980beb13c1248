import { harmless } from './columns.ts';

/** A line for the person at the terminal. Standard output is for results alone, so that it can be piped. */
export function say(line = ''): void {
  process.stderr.write(`${harmless(line)}\n`);
}

/** The result of a command, a line at a time. */
export function print(line = ''): void {
  process.stdout.write(`${harmless(line)}\n`);
}

/** One JSON document, and nothing else on standard output. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** In a checkout nobody has put `weir` on the path; what is installed runs from JavaScript. */
export const COMMAND_HINT = import.meta.filename.endsWith('.ts')
  ? ' (Here `weir` is `npm run -s weir --`.)'
  : '';

/** Columns under a head, padded to the widest cell; the last column is not padded. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** `12.3 %`. */
export function percent(share: number): string {
  const digits = (share * 100).toFixed(1);
  return `${digits === '-0.0' ? '0.0' : digits} %`;
}
