import { readFileSync, statSync } from 'node:fs';

/** A file's text, or a clause about `called` that says why it cannot be read. */
export type TextRead = { text: string } | { problem: string; isMissing?: true };

/** Reads a small UTF-8 file; never throws. @param called what error messages call the file. */
export function readText(path: string, { called, maxBytes }: { called: string; maxBytes: number }): TextRead {
  try {
    const stat = statSync(path);
    if (!stat.isFile()) return { problem: 'this is a folder, not a file' };
    if (stat.size > maxBytes) return { problem: `${called} is larger than ${maxBytes} bytes` };
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)) };
  } catch (error) {
    if (error instanceof TypeError) return { problem: `${called} is not UTF-8 text; save it as UTF-8` };
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return code === 'ENOENT'
      ? { problem: `${called} does not exist`, isMissing: true }
      : { problem: `${called} cannot be read (${code})` };
  }
}
