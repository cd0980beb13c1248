import { resolve } from 'node:path';
import { mapOf } from './plain-map.ts';
import type { Issue } from './problem.ts';
import { readText } from './read-text.ts';

/** A prompt is never longer. */
const MAX_BYTES = 65_536;

/** Replaces the path of the judge's prompt by the file's text, in place. The path is relative to `folder`. */
export function readPrompt(file: unknown, folder: string): Issue[] {
  const { learning } = mapOf(file);
  const settings = mapOf(learning);
  if (typeof settings.judgePrompt !== 'string') return [];
  const path = resolve(folder, settings.judgePrompt);
  const read = readText(path, { called: path, maxBytes: MAX_BYTES });
  if ('problem' in read) return [{ path: ['learning', 'judgePrompt'], message: read.problem }];
  settings.judgePrompt = read.text;
  return [];
}
