import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Issue } from './problem.ts';

/** More is no prompt. */
const MAX_BYTES = 65_536;

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readText(file: string): { text: string } | { problem: string } {
  try {
    const stat = statSync(file);
    if (!stat.isFile()) return { problem: `${file} is not a file` };
    if (stat.size > MAX_BYTES)
      return { problem: `${file} is larger than ${MAX_BYTES} bytes; this is no prompt` };
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file)) };
  } catch (error) {
    if (error instanceof TypeError) return { problem: `${file} is not UTF-8 text; save it as UTF-8` };
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return { problem: code === 'ENOENT' ? `there is no file ${file}` : `${file} cannot be read (${code})` };
  }
}

/** Replaces the path of the judge's prompt by that file's text, in place; it is relative to `folder`. */
export function readPrompt(file: unknown, folder: string): Issue[] {
  const learning = isMap(file) ? file.learning : undefined;
  if (!isMap(learning) || typeof learning.judgePrompt !== 'string') return [];
  const result = readText(resolve(folder, learning.judgePrompt));
  if ('problem' in result) return [{ path: ['learning', 'judgePrompt'], message: result.problem }];
  learning.judgePrompt = result.text;
  return [];
}
